//! How results are told.

use serde_json::Value;

/// Prints one line of JSON, or one figure a line for people.
pub(crate) fn print(report: &Value, as_json: bool) {
    if as_json {
        println!("{report}");
    } else {
        print_figures("", report);
    }
}

fn print_figures(prefix: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                print_figures(&path, field);
            }
        }
        Value::Null => {}
        figure => println!("{prefix:<28} {figure}"),
    }
}
