//! Rules of the repository, as tests (`tests/tidy/`). A task that needs more logic than a shell script goes here too.
