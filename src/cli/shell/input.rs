//! Tells when what was typed is whole: a command at once, statements at their semicolon.

use datafusion::sql::sqlparser::{
    dialect::GenericDialect,
    tokenizer::{Token, Tokenizer},
};

/// Tells whether the text can be run as it is.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.starts_with('\\') {
        return true;
    }
    match Tokenizer::new(&GenericDialect {}, text).tokenize() {
        Ok(tokens) => {
            let last = tokens.iter().rev().find(|token| !matches!(token, Token::Whitespace(_)));
            matches!(last, None | Some(Token::SemiColon))
        }
        // A quote or a comment that is still open.
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_ends_a_statement_where_it_is_one() {
        for whole in ["select 1;", "select ';' ; -- end", "\\d", "  ", "-- only a comment", "select 1; select 2;"] {
            assert!(is_whole(whole), "{whole}");
        }
        for open in
            ["select 1", "select ';", "select ';'", "select 1 -- ;", "select /* ; ", "select 1; select 2", "select \";"]
        {
            assert!(!is_whole(open), "{open}");
        }
    }
}
