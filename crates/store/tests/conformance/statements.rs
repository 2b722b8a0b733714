//! Every SQL text there is, before it is used.

use crate::{bed::Bed, on_both_engines};

on_both_engines!(every_text_is_one_that_the_engine_takes);

async fn every_text_is_one_that_the_engine_takes(bed: Bed) {
    assert!(bed.store.prepare_all().await.unwrap() > 15);
}
