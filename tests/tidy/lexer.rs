//! A Rust source as tokens and comments, each with its line. Strings, nested comments, lifetimes and raw names are told
//! apart, so that a word in a text is never taken for code, nor code for a comment.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// Punctuation; `::`, `->`, `=>` and `..` are one token each.
    Mark,
    /// The contents of a string.
    Text,
    /// A number or a character.
    Value,
    /// A lifetime or label.
    Lifetime,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text; of a string, what is between the quotes.
    pub text: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Of an opening token, the place of the closing one.
    pub close: usize,
}

impl Token {
    /// Whether the token is this keyword or name.
    pub fn is_word(&self, text: &str) -> bool {
        self.kind == Kind::Word && self.text == text
    }

    /// Whether the token is this punctuation or bracket.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Mark | Kind::Open | Kind::Close) && self.text == text
    }
}

/// One line of a comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its line, from 1.
    pub line: usize,
    /// What it says, with its slashes.
    pub text: String,
}

/// A source, read.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Everything but comments.
    pub tokens: Vec<Token>,
    /// Every line of every comment.
    pub comments: Vec<Comment>,
    /// The number of lines.
    pub lines: usize,
}

/// Reads a source.
///
/// # Panics
///
/// If its brackets do not match.
pub fn read(text: &str) -> Source {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, line: 1, source: Source::default() };
    while reader.at < reader.chars.len() {
        reader.next();
    }
    reader.source.lines = text.lines().count();
    pair(&mut reader.source.tokens);
    reader.source
}

/// Tells every opening bracket where it ends.
fn pair(tokens: &mut [Token]) {
    let mut open = Vec::new();
    for at in 0..tokens.len() {
        match tokens[at].kind {
            Kind::Open => open.push(at),
            Kind::Close => {
                let begin: usize = open.pop().expect("a closing bracket has an opening one");
                tokens[begin].close = at;
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "every bracket is closed");
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    source: Source,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Takes one character.
    fn take(&mut self) -> char {
        let taken = self.peek(0);
        self.at += 1;
        if taken == '\n' {
            self.line += 1;
        }
        taken
    }

    fn push(&mut self, kind: Kind, text: String, line: usize) {
        self.source.tokens.push(Token { kind, text, line, close: 0 });
    }

    fn next(&mut self) {
        let line = self.line;
        match (self.peek(0), self.peek(1)) {
            (space, _) if space.is_whitespace() => drop(self.take()),
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.text(0),
            ('\'', _) => self.quote(),
            (first, _) if first == '_' || first.is_alphabetic() => self.word(),
            (first, _) if first.is_ascii_digit() => self.number(),
            (open @ ('(' | '[' | '{'), _) => {
                self.take();
                self.push(Kind::Open, open.into(), line);
            }
            (close @ (')' | ']' | '}'), _) => {
                self.take();
                self.push(Kind::Close, close.into(), line);
            }
            (first, second) => {
                self.take();
                let two: String = [first, second].iter().collect();
                if ["::", "->", "=>", ".."].contains(&two.as_str()) {
                    self.take();
                    self.push(Kind::Mark, two, line);
                } else {
                    self.push(Kind::Mark, first.into(), line);
                }
            }
        }
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let mut text = String::new();
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            text.push(self.take());
        }
        self.source.comments.push(Comment { line, text });
    }

    fn block_comment(&mut self) {
        let (mut line, mut text, mut depth) = (self.line, String::new(), 0_usize);
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                ('\n', _) => {
                    self.take();
                    self.source.comments.push(Comment { line, text: std::mem::take(&mut text) });
                    line = self.line;
                    continue;
                }
                _ => {
                    text.push(self.take());
                    continue;
                }
            }
            text.push(self.take());
            text.push(self.take());
            if depth == 0 {
                break;
            }
        }
        self.source.comments.push(Comment { line, text });
    }

    /// A string with escapes; `skip` characters of a prefix come first.
    fn text(&mut self, skip: usize) {
        let line = self.line;
        for _ in 0..=skip {
            self.take();
        }
        let mut text = String::new();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            let taken = self.take();
            text.push(taken);
            if taken == '\\' {
                text.push(self.take());
            }
        }
        self.take();
        self.push(Kind::Text, text, line);
    }

    /// A raw string, its prefix of letters already known.
    fn raw_text(&mut self, prefix: usize, hashes: usize) {
        let line = self.line;
        for _ in 0..=prefix + hashes {
            self.take();
        }
        let mut text = String::new();
        while self.at < self.chars.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#') {
                break;
            }
            text.push(self.take());
        }
        for _ in 0..=hashes {
            self.take();
        }
        self.push(Kind::Text, text, line);
    }

    /// A character or a lifetime.
    fn quote(&mut self) {
        let line = self.line;
        if self.peek(1) != '\\' && self.peek(2) != '\'' {
            self.take();
            let name = self.name();
            self.push(Kind::Lifetime, name, line);
            return;
        }
        self.take();
        if self.take() == '\\' {
            self.take();
        }
        while self.at < self.chars.len() && self.take() != '\'' {}
        self.push(Kind::Value, String::new(), line);
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while self.peek(0) == '_' || self.peek(0).is_alphanumeric() {
            name.push(self.take());
        }
        name
    }

    /// A name, a keyword, or a string or character with a prefix.
    fn word(&mut self) {
        let line = self.line;
        let prefix = (0..).take_while(|ahead| matches!(self.peek(*ahead), 'b' | 'c' | 'r')).count();
        let letters: String = self.chars[self.at..self.at + prefix].iter().collect();
        if ["b", "c"].contains(&letters.as_str()) && self.peek(1) == '"' {
            return self.text(1);
        }
        if letters == "b" && self.peek(1) == '\'' {
            self.take();
            return self.quote();
        }
        if ["r", "br", "cr"].contains(&letters.as_str()) {
            let hashes = (prefix..).take_while(|ahead| self.peek(*ahead) == '#').count();
            if self.peek(prefix + hashes) == '"' {
                return self.raw_text(prefix, hashes);
            }
            if letters == "r" && hashes == 1 {
                self.take();
                self.take();
                let raw = format!("r#{}", self.name());
                return self.push(Kind::Word, raw, line);
            }
        }
        let name = self.name();
        self.push(Kind::Word, name, line);
    }

    fn number(&mut self) {
        let line = self.line;
        let mut text = self.name();
        if self.peek(0) == '.' && self.peek(1).is_ascii_digit() {
            text.push(self.take());
            text += &self.name();
        }
        self.push(Kind::Value, text, line);
    }
}
