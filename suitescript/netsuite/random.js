// In the form of Oracle's stubs, which lack N/crypto/random; a test's World fills it.
define([], () => ({}));
