//! Rows on their way into a statement: one array per column, read back by `unnest`.

/// What a statement calls a relation, and its columns with their types.
pub(super) type Shape = (&'static str, &'static [(&'static str, &'static str)]);

/// Declares a relation: a struct of columns, its `push`, and what the statement calls it.
macro_rules! relation {
    ($(#[$doc:meta])* $name:ident as $sql:literal { $($column:ident: $type:ty => $cast:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name {
            $($column: Vec<$type>,)*
        }

        impl $name {
            pub(super) const SHAPE: $crate::postgres::relation::Shape =
                ($sql, &[$((stringify!($column), $cast)),*]);

            #[allow(clippy::too_many_arguments, reason = "one per column of a table")]
            pub(super) fn push(&mut self, $($column: $type),*) {
                $(self.$column.push($column);)*
            }

            pub(super) fn parameters<'a>(&'a self, out: &mut Vec<&'a (dyn tokio_postgres::types::ToSql + Sync)>) {
                $(out.push(&self.$column);)*
            }
        }
    };
}

pub(super) use relation;

/// `name AS (SELECT * FROM unnest($1::bigint[], …) AS t(column, …))`, whose parameters count on from `next`.
pub(super) fn unnest((name, columns): Shape, next: &mut usize) -> String {
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    for (column, cast) in columns {
        arrays.push(format!("${next}::{cast}[]"));
        names.push(*column);
        *next += 1;
    }
    format!("{name} AS (SELECT * FROM unnest({}) AS t({}))", arrays.join(", "), names.join(", "))
}
