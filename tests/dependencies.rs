//! Nothing that this program is built from can reach a network, or needs an async runtime: a text
//! check of `Cargo.lock`, which names every crate of every platform and of the tests.
//!
//! `futures` and `futures-executor`, which age's header writer (`cookie-factory`) names, stay in: they
//! poll what they are given, and know neither sockets nor an event loop.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

/// Crate families that stay out, and why. `x` stands for `x` and for `x-…` and `x_…`.
const REFUSED: [(&str, &[&str]); 7] = [
    (
        "an async runtime, which brings sockets with it",
        &[
            "tokio",
            "async-std",
            "async-executor",
            "async-global-executor",
            "smol",
            "glommio",
            "monoio",
            "actix",
        ],
    ),
    (
        "an event loop over sockets",
        &["mio", "polling", "async-io", "libuv", "io-uring", "calloop", "embassy"],
    ),
    ("sockets", &["socket2", "async-net", "socks", "quinn", "quiche", "libssh2-sys", "ssh2", "russh"]),
    (
        "an HTTP client or server",
        &[
            "hyper",
            "reqwest",
            "ureq",
            "curl",
            "isahc",
            "surf",
            "attohttpc",
            "minreq",
            "http",
            "h2",
            "h3",
            "tungstenite",
            "axum",
            "warp",
            "rocket",
            "tonic",
            "tower",
            "awc",
            "tiny_http",
            "ehttp",
        ],
    ),
    (
        "transport security, which is of no use without a network",
        &["rustls", "native-tls", "openssl", "boring", "webpki", "schannel", "security-framework", "s2n-tls"],
    ),
    ("name resolution", &["trust-dns", "hickory", "dns-lookup", "c-ares", "publicsuffix", "resolv-conf"]),
    (
        "a network protocol or telemetry",
        &[
            "lettre",
            "suppaftp",
            "git2",
            "gix-transport",
            "zeromq",
            "zmq",
            "rumqttc",
            "opentelemetry",
            "sentry",
            "redis",
            "postgres",
            "mysql",
            "sqlx",
            "rusoto",
            "aws-sdk",
            "object_store",
            "libp2p",
        ],
    ),
];

/// The crates of a lock file that are refused, with the reason.
fn refused(lock: &str) -> Vec<(String, &'static str)> {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let reason = |name: &str| {
        let of_family = |family: &&&str| {
            name.strip_prefix(**family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        };
        REFUSED
            .iter()
            .find(|(_, families)| families.iter().any(|family| of_family(&family)))
            .map(|(why, _)| *why)
    };
    names.filter_map(|name| reason(name).map(|why| (name.to_owned(), why))).collect()
}

fn lock() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap()
}

#[test]
fn no_crate_reaches_a_network_or_runs_an_event_loop() {
    let refused = refused(&lock());
    assert!(refused.is_empty(), "Cargo.lock holds {refused:?}");
}

#[test]
fn the_lock_is_read_at_all() {
    let names = lock().lines().filter(|line| line.starts_with("name = ")).count();
    assert!(names > 100 && lock().contains("name = \"age\""), "{names} crates");
}

#[test]
fn every_family_is_detected_in_a_made_up_lock() {
    for (why, families) in REFUSED {
        for family in families {
            for name in [(*family).to_owned(), format!("{family}-core"), format!("{family}_sys")] {
                let lock = format!(
                    "[[package]]\nname = \"serde\"\n\n[[package]]\nname = \"{name}\"\nversion = \"1\"\n"
                );
                assert_eq!(refused(&lock), [(name, why)]);
            }
        }
    }
}

#[test]
fn a_crate_that_only_begins_alike_is_let_in() {
    assert!(
        refused("name = \"mime\"\nname = \"hyperfine\"\nname = \"minimal\"\nname = \"httparse2\"").is_empty()
    );
}
