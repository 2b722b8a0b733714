//! Every SQL text there is, before it is used, and how the engine carries it out.

use store::Engine;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(every_text_is_one_that_the_engine_takes, plans_are_what_they_were, a_lost_index_shows,);

async fn every_text_is_one_that_the_engine_takes(bed: Bed) {
    assert!(bed.store.prepare_all().await.unwrap() > 15);
}

async fn a_lost_index_shows(bed: Bed) {
    let before = bed.store.explain_all().await.unwrap();
    bed.execute("DROP INDEX participants_by_user").await;
    // Connections that are open may explain by the schema that they know.
    let bed = bed.reopened().await;
    let after = bed.store.explain_all().await.unwrap();
    assert!(before.contains("participants_by_user") && !after.contains("participants_by_user"));
}

async fn plans_are_what_they_were(bed: Bed) {
    let name = match bed.store.engine() {
        Engine::Sqlite => "sqlite.gen.txt",
        Engine::Postgres => "postgres.gen.txt",
    };
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/query_plans").join(name);
    let plans = bed.store.explain_all().await.unwrap();
    if std::env::var_os("PARLOR_WRITE_QUERY_PLANS").is_some() {
        std::fs::write(&path, &plans).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<_> = plans.split("\n\n").filter(|plan| !kept.contains(plan)).collect();
    assert!(
        plans == kept,
        "query plans are not as {name} has them; if that is meant: PARLOR_WRITE_QUERY_PLANS=1 cargo test -p \
         parlor-store plans_are\n{}",
        changed.join("\n\n")
    );
}
