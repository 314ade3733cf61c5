//! Pickles of a text vectorizer and a linear SVM, of any words: large ones, and such as scikit-learn never writes.

/// What a pickle holds.
pub struct MadeVocabulary {
    /// Words with their columns, in the order of the file.
    pub words: Vec<(String, i64)>,
    /// Whether columns are numbers of NumPy's, as with `max_features`.
    pub is_numpy: bool,
    /// `idf_`; none makes a `CountVectorizer`.
    pub idf: Option<Vec<f64>>,
    /// Weights of the SVM, one for each column.
    pub n_weights: usize,
    /// `analyzer` and `strip_accents`.
    pub analyzer: &'static str,
    pub strip_accents: Option<&'static str>,
}

impl MadeVocabulary {
    /// These words with their columns.
    pub fn of(words: Vec<(String, i64)>) -> MadeVocabulary {
        MadeVocabulary { n_weights: words.len(), words, ..MadeVocabulary::default() }
    }

    /// A pickle of both in a tuple, by protocol 4 with a memo as Python writes it.
    pub fn pickle(&self) -> Vec<u8> {
        let mut out = b"\x80\x04".to_vec();
        // the class and the type of NumPy's numbers, remembered as 0 and 1
        out.extend(b"cnumpy._core.multiarray\nscalar\nq\x000");
        out.extend(dtype("i8"));
        out.extend(b"q\x010");
        self.push_vectorizer(&mut out);
        self.push_svm(&mut out);
        out.extend(b"\x86.");
        out
    }

    fn push_vectorizer(&self, out: &mut Vec<u8>) {
        let class = if self.idf.is_some() { "TfidfVectorizer" } else { "CountVectorizer" };
        out.extend(format!("csklearn.feature_extraction.text\n{class}\n").into_bytes());
        out.extend(b")\x81}(");
        for (name, value) in [
            ("input", text("content")),
            ("analyzer", text(self.analyzer)),
            ("strip_accents", self.strip_accents.map_or(b"N".to_vec(), text)),
            ("preprocessor", b"N".to_vec()),
            ("tokenizer", b"N".to_vec()),
            ("lowercase", b"\x88".to_vec()),
            ("token_pattern", text(r"(?u)\b\w\w+\b")),
            ("stop_words", b"N".to_vec()),
            ("ngram_range", b"K\x01K\x01\x86".to_vec()),
            ("binary", b"\x89".to_vec()),
            ("dtype", b"cnumpy\nfloat64\n".to_vec()),
        ] {
            out.extend([text(name), value].concat());
        }
        if let Some(idf) = &self.idf {
            out.extend(text("_tfidf"));
            out.extend(b"csklearn.feature_extraction.text\nTfidfTransformer\n)\x81}(");
            for (name, value) in [
                ("norm", text("l2")),
                ("use_idf", b"\x88".to_vec()),
                ("sublinear_tf", b"\x89".to_vec()),
                (
                    "idf_",
                    array(&[idf.len()], "f8", &idf.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>()),
                ),
            ] {
                out.extend([text(name), value].concat());
            }
            out.extend(b"ub");
        }
        out.extend(text("vocabulary_"));
        out.extend(b"}");
        // Python sets a thousand items at once
        for words in self.words.chunks(1000) {
            out.push(b'(');
            for (word, column) in words {
                out.extend(text(word));
                out.push(0x94);
                self.push_column(*column, out);
            }
            out.push(b'u');
        }
        out.extend(b"ub");
    }

    fn push_column(&self, column: i64, out: &mut Vec<u8>) {
        if !self.is_numpy {
            out.push(b'J');
            return out.extend(i32::try_from(column).unwrap_or(-1).to_le_bytes());
        }
        out.extend(b"h\0h\x01C\x08");
        out.extend(column.to_le_bytes());
        out.extend(b"\x94\x86\x94R\x94");
    }

    fn push_svm(&self, out: &mut Vec<u8>) {
        let numbers =
            |count: usize| (0..count).flat_map(|place| (place as f64 / 8.0 - 1.0).to_le_bytes()).collect::<Vec<_>>();
        out.extend(b"csklearn.svm._classes\nLinearSVC\n)\x81}(");
        for (name, value) in [
            ("coef_", array(&[1, self.n_weights], "f8", &numbers(self.n_weights))),
            ("intercept_", array(&[1], "f8", &0.25_f64.to_le_bytes())),
            ("classes_", array(&[2], "i8", &[0_i64, 1].map(i64::to_le_bytes).concat())),
            ("_sklearn_version", text("1.9.1")),
        ] {
            out.extend([text(name), value].concat());
        }
        out.extend(b"ub");
    }
}

impl Default for MadeVocabulary {
    fn default() -> MadeVocabulary {
        let (words, idf) = (Vec::new(), None);
        MadeVocabulary { words, is_numpy: false, idf, n_weights: 0, analyzer: "word", strip_accents: None }
    }
}

fn text(text: &str) -> Vec<u8> {
    [b"X".to_vec(), (text.len() as u32).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat()
}

fn dtype(code: &str) -> Vec<u8> {
    [b"cnumpy\ndtype\n(".to_vec(), text(code), b"\x89\x88tR".to_vec()].concat()
}

fn array(shape: &[usize], code: &str, bytes: &[u8]) -> Vec<u8> {
    let lengths: Vec<u8> =
        shape.iter().flat_map(|length| [&b"J"[..], &(*length as i32).to_le_bytes()].concat()).collect();
    let start = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01(".to_vec();
    let items = [b"B".to_vec(), (bytes.len() as u32).to_le_bytes().to_vec(), bytes.to_vec()].concat();
    [start, lengths, b"t".to_vec(), dtype(code), b"\x89".to_vec(), items, b"tb".to_vec()].concat()
}
