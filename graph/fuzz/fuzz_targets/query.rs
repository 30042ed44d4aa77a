//! Any text as a query: it is one or says where it is none, it prints as itself, and any place of it can be completed.
#![no_main]

use std::sync::{Arc, LazyLock};

use graph::{Column, Query, RegistryBuilder, Schema, ValueType, complete};

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let mut columns = RegistryBuilder::default();
    for column in [
        Column::new("tls.sni", ValueType::Text, ""),
        Column::new("country", ValueType::Symbol, "").endpoint(),
        Column::new("mac", ValueType::Mac, "").endpoint(),
        Column::new("net", ValueType::Net, ""),
        Column::new("echo", ValueType::Bool, ""),
        Column::new("alpn", ValueType::Symbol, "").many(),
    ] {
        assert!(columns.register(column).is_ok());
    }
    Arc::new(Schema::new(&columns.freeze()))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Query::parse(text, &SCHEMA) {
        Ok(query) => {
            let printed = query.to_string();
            assert_eq!(Query::parse(&printed, &SCHEMA), Ok(query), "{printed}");
        }
        Err(error) => {
            assert!(text.get(error.at.clone()).is_some());
            assert!(error.caret(text).lines().count() == 2);
        }
    }
    let completion = complete(text, data.len() / 2, &SCHEMA);
    assert!(text.get(completion.replace).is_some());
});
