//! JSON (RFC 8259) by recursive descent. Unlike `serde_json::Value` it takes what a type could not hold, numbers of
//! any size and halves of surrogate pairs, since a transport passes these on unread.

/// A value, with its text as it stands there.
#[derive(Debug)]
pub struct Json<'a> {
    pub raw: &'a str,
    pub shape: Shape<'a>,
}

#[derive(Debug)]
pub enum Shape<'a> {
    /// A number, or one of the three words.
    Scalar,
    /// What the escapes stand for; `None` where half a surrogate pair stands alone.
    Text(Option<String>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Option<String>, Json<'a>)>),
}

impl Json<'_> {
    pub fn depth(&self) -> usize {
        match &self.shape {
            Shape::Array(items) => 1 + items.iter().map(Json::depth).max().unwrap_or(0),
            Shape::Object(fields) => 1 + fields.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            Shape::Scalar | Shape::Text(_) => 0,
        }
    }

    /// The value of a field; the last one counts, as everywhere.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Shape::Object(fields) = &self.shape else { return None };
        fields.iter().rev().find(|(key, _)| key.as_deref() == Some(name)).map(|(_, value)| value)
    }
}

/// The one value that the text is.
pub fn parse(text: &str) -> Option<Json<'_>> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value()?;
    parser.space();
    (parser.at == text.len()).then_some(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(wanted.as_bytes());
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Json<'a>> {
        self.space();
        let from = self.at;
        let shape = match self.peek()? {
            b'"' => Shape::Text(self.string()?),
            b'[' => Shape::Array(self.list("]", Self::value)?),
            b'{' => Shape::Object(self.list("}", Self::entry)?),
            b'-' | b'0'..=b'9' => self.number()?,
            _ if self.take("true") || self.take("false") || self.take("null") => Shape::Scalar,
            _ => return None,
        };
        Some(Json { raw: &self.text[from..self.at], shape })
    }

    fn list<T>(&mut self, end: &str, item: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(end) {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            self.space();
            if self.take(end) {
                return Some(items);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn entry(&mut self) -> Option<(Option<String>, Json<'a>)> {
        self.space();
        if self.peek()? != b'"' {
            return None;
        }
        let key = self.string()?;
        self.space();
        if !self.take(":") {
            return None;
        }
        Some((key, self.value()?))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Shape<'a>> {
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.digits()?;
        }
        Some(Shape::Scalar)
    }

    /// The outer `None` is no string at all, the inner one a string that UTF-8 cannot hold.
    fn string(&mut self) -> Option<Option<String>> {
        self.at += 1;
        let mut units = Vec::new();
        loop {
            let char = self.text.get(self.at..)?.chars().next()?;
            self.at += char.len_utf8();
            match char {
                '"' => return Some(String::from_utf16(&units).ok()),
                '\\' => units.push(self.escape()?),
                '\0'..='\x1f' => return None,
                _ => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> Option<u16> {
        let escape = self.peek()?;
        self.at += 1;
        Some(u16::from(match escape {
            b'"' | b'\\' | b'/' => escape,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let hex = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
                return if is_hex { u16::from_str_radix(hex, 16).ok() } else { None };
            }
            _ => return None,
        }))
    }
}
