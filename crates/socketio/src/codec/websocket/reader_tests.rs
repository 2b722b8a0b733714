use super::*;
use proptest::prelude::*;

fn client(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut out = Vec::new();
    super::super::header(&mut out, 0, payload.len());
    out[0] = first;
    out[1] |= 0x80;
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

fn run(bytes: &[u8]) -> Result<Vec<String>, Violation> {
    let (mut reader, mut bytes, mut at, mut seen) = (Reader::default(), bytes.to_vec(), 0, Vec::new());
    loop {
        let step = reader.decode(&mut bytes[at..], 1000)?;
        if let Some(item) = &step.item {
            seen.push(match item {
                Item::Text(text) => format!("text {text}"),
                Item::Binary(data) => format!("binary {data:?}"),
                Item::Ping(data) => format!("ping {data:?}"),
                Item::Pong => "pong".into(),
                Item::Close(code) => format!("close {code:?}"),
            });
        }
        if step.consumed == 0 {
            return Ok(seen);
        }
        at += step.consumed;
    }
}

#[test]
fn fragments_with_a_ping_between_and_a_split_character() {
    let mut bytes = client(0x01, &[b'h', 0xc3]);
    bytes.extend(client(0x89, b"x"));
    bytes.extend(client(0x80, &[0xa9]));
    assert_eq!(run(&bytes).unwrap(), ["ping [120]", "text hé"]);
}

#[test]
fn breaches_and_their_codes() {
    let unmasked = vec![0x81, 1, b'x'];
    let not_minimal = [&[0x81, 0x80 | 126, 0, 5, 0, 0, 0, 0][..], b"hello"].concat();
    let huge = vec![0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let large = vec![0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff];
    let cases: Vec<(Vec<u8>, u16)> = vec![
        (unmasked, 1002),
        (not_minimal, 1002),
        (huge, 1002),
        (large, 1009),
        (client(0xc1, b"x"), 1002),
        (client(0x83, b"x"), 1002),
        (client(0x8b, b"x"), 1002),
        (client(0x80, b"x"), 1002),
        (client(0x09, b"x"), 1002),
        (client(0x89, &[0; 126]), 1002),
        ([client(0x01, b"x"), client(0x81, b"y")].concat(), 1002),
        (client(0x88, &[3]), 1002),
        (client(0x88, &1005u16.to_be_bytes()), 1002),
        (client(0x88, &[0x03, 0xe8, 0xff]), 1007),
        (client(0x81, &[0xff]), 1007),
        (client(0x01, &[0xed, 0xa0]), 1007),
        ([client(0x01, &[0xc3]), client(0x80, b"")].concat(), 1007),
        (client(0x82, &[0; 1001]), 1009),
        ([client(0x02, &[0; 600]), client(0x80, &[0; 600])].concat(), 1009),
    ];
    for (bytes, code) in cases {
        assert_eq!(run(&bytes).unwrap_err().close_code(), code, "{:?}", &bytes[..bytes.len().min(16)]);
    }
    assert_eq!(run(&client(0x82, &[0; 1000])).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = run(&bytes);
    }

    #[test]
    fn what_is_written_is_read(parts in proptest::collection::vec(".{0,50}", 1..5)) {
        let mut bytes = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let fin = if i + 1 == parts.len() { 0x80 } else { 0 };
            bytes.extend(client(fin | u8::from(i == 0), part.as_bytes()));
        }
        prop_assert_eq!(run(&bytes).unwrap(), [format!("text {}", parts.concat())]);
    }
}
