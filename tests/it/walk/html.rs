//! A page as a tree: enough of HTML for the page that we write ourselves.

/// Elements that have no end.
const VOID: [&str; 6] = ["meta", "link", "br", "hr", "img", "input"];

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// Reads a page; fails where elements do not close in order.
    pub(super) fn read(page: &str) -> Self {
        let mut open = vec![Self::default()];
        let mut rest = page;
        while let Some(at) = rest.find('<') {
            let (text, tag) = rest.split_at(at);
            open.last_mut().unwrap().children.push(Node::Text(decoded(text)));
            if tag.starts_with("<!--") {
                rest = &tag[tag.find("-->").unwrap() + 3..];
                continue;
            }
            let end = tag_end(tag);
            let inside = &tag[1..end];
            rest = &tag[end + 1..];
            if let Some(name) = inside.strip_prefix('/') {
                let element = open.pop().unwrap();
                assert_eq!(element.name, name.trim(), "elements close in the order in which they open");
                open.last_mut().unwrap().children.push(Node::Element(element));
            } else if !inside.starts_with(['!', '?']) {
                let element = Self::opened(inside.trim_end_matches('/'));
                if inside.ends_with('/') || VOID.contains(&element.name.as_str()) {
                    open.last_mut().unwrap().children.push(Node::Element(element));
                } else if matches!(element.name.as_str(), "script" | "style") {
                    let close = format!("</{}>", element.name);
                    rest = &rest[rest.find(&close).unwrap() + close.len()..];
                } else {
                    open.push(element);
                }
            }
        }
        assert_eq!(open.len(), 1, "every element closes");
        open.remove(0)
    }

    fn opened(inside: &str) -> Self {
        let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            }
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = "";
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let close = quoted.find('"').unwrap();
                (value, rest) = (&quoted[..close], &quoted[close + 1..]);
            }
            attributes.push((name, decoded(value)));
        }
        Self { name: name.to_owned(), attributes, children: Vec::new() }
    }

    /// Returns an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Tells whether it has a class.
    pub(super) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|classes| classes.split_whitespace().any(|known| known == class))
    }

    /// Returns its elements, itself not among them.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns all elements below it that are wanted, in the order of the page.
    pub(super) fn all<'a>(&'a self, is_wanted: &impl Fn(&Self) -> bool) -> Vec<&'a Self> {
        let mut found = Vec::new();
        for element in self.elements() {
            if is_wanted(element) {
                found.push(element);
            }
            found.extend(element.all(is_wanted));
        }
        found
    }

    /// Returns all elements of a name below it.
    pub(super) fn named(&self, name: &str) -> Vec<&Self> {
        self.all(&|element| element.name == name)
    }

    /// Returns what a reader sees in it; the words of elements that are `apart` are not taken in.
    pub(super) fn text(&self, apart: &[&str]) -> String {
        let mut text = String::new();
        for node in &self.children {
            match node {
                Node::Text(part) => text.push_str(part),
                Node::Element(element) if element.has_class("unseen") || apart.contains(&element.name.as_str()) => {}
                Node::Element(element) => text.push_str(&element.text(apart)),
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Returns the place of the `>` that ends a tag.
fn tag_end(tag: &str) -> usize {
    let mut is_quoted = false;
    tag.bytes()
        .position(|byte| {
            is_quoted ^= byte == b'"';
            byte == b'>' && !is_quoted
        })
        .unwrap()
}

/// Replaces the names of letters by the letters.
fn decoded(text: &str) -> String {
    const NAMES: [(&str, &str); 8] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&amp;", "&"),
    ];
    let mut text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&amp;");
    for (name, letter) in NAMES {
        text = text.replace(name, letter);
    }
    text
}
