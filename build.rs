//! Registers the Admin schema, so that a misspelt field or argument fails the build.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=schemas/shopify-admin.graphql");
    cynic_codegen::register_schema("shopify")
        .from_sdl_file("schemas/shopify-admin.graphql")?
        .as_default()?;
    Ok(())
}
