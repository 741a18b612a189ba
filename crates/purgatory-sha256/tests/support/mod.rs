//! What every test file here needs: the engines of this machine, and digests in one go.

use purgatory_sha256::{DIGEST_BYTES, Engine, Stream};

/// Names the engines, comma-separated, that this machine may lack without failing the tests.
const WITHOUT: &str = "PURGATORY_TEST_WITHOUT";

/// Every engine there is; fails where this machine lacks one, unless `PURGATORY_TEST_WITHOUT` names it.
pub fn engines() -> Vec<Engine> {
    let engines: Vec<Engine> = Engine::detected().collect();
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    let without = std::env::var(WITHOUT).unwrap_or_default();
    for name in ["sha-ni", "scalar"] {
        assert!(
            names.contains(&name) || without.split(',').any(|allowed| allowed == name),
            "this processor cannot run {name}: run the tests on one that can, or set {WITHOUT}={name} to go without"
        );
    }
    println!("engines covered: {}", names.join(", "));
    engines
}

/// The digest of a message given in one piece.
pub fn digest(engine: Engine, message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut stream = Stream::new(engine);
    stream.update(message);
    stream.finish()
}
