//! NetSuite: the client, and one file per record with its wire types and the calls on it.
