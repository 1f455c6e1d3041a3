//! What an attachment is, by its first bytes; and what of a photo others do not see: where and when it was taken, and by which phone.

use std::fmt;

use bytes::Bytes;
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::riff::RiffContent;
use img_parts::webp::WebP;

/// The kinds of files that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A photo.
    Jpeg,
    /// A photo.
    WebP,
    /// A picture of a screen.
    Png,
    /// A paper.
    Pdf,
}

/// A file whose inside is not what its first bytes promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is damaged")]
pub struct Damaged;

/// Chunks of a PNG without which it would look otherwise; all others are notes.
const PNG_CHUNKS: [&[u8; 4]; 15] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
];
/// Where a JPEG's colour profile begins.
const ICC: &[u8] = b"ICC_PROFILE\0";
/// Bits of VP8X that promise EXIF and XMP.
const WEBP_NOTES: u8 = 0b0000_1100;

impl Media {
    const ALL: [Self; 4] = [Self::Jpeg, Self::WebP, Self::Png, Self::Pdf];

    /// The media type (RFC 6838).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// The kind a `Content-Type` names.
    pub fn of_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|media| media.as_str().eq_ignore_ascii_case(essence))
    }

    /// The kind a file is of by its first bytes.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|media| bytes.len() >= 12 && media.begins(bytes))
    }

    /// Whether a file may begin like this; with less than twelve bytes it may be anything that fits so far.
    pub fn begins(self, bytes: &[u8]) -> bool {
        let fits = |at: usize, magic: &[u8]| {
            let there = bytes.get(at..).unwrap_or_default();
            there.iter().zip(magic).all(|(byte, expected)| byte == expected)
        };
        match self {
            Self::Jpeg => fits(0, &[0xff, 0xd8, 0xff]),
            Self::WebP => fits(0, b"RIFF") && fits(8, b"WEBP"),
            Self::Png => fits(0, b"\x89PNG\r\n\x1a\n"),
            Self::Pdf => fits(0, b"%PDF-"),
        }
    }

    /// The file as others than who sent it see it: a photo without EXIF, XMP and comments. A paper is left as it is.
    ///
    /// # Errors
    /// [`Damaged`]
    pub fn without_notes(self, bytes: Bytes) -> Result<Bytes, Damaged> {
        match self {
            Self::Jpeg => {
                let mut photo = Jpeg::from_bytes(bytes).map_err(|_| Damaged)?;
                photo.segments_mut().retain(|segment| match segment.marker() {
                    markers::APP0 | markers::APP14 => true,
                    markers::APP2 => segment.contents().starts_with(ICC),
                    markers::COM => false,
                    marker => !(markers::APP0..=markers::APP15).contains(&marker),
                });
                Ok(photo.encoder().bytes())
            }
            Self::WebP => {
                let mut photo = WebP::from_bytes(bytes).map_err(|_| Damaged)?;
                // what follows the promised length is no part of it
                if photo.chunks().is_empty() {
                    return Err(Damaged);
                }
                photo.remove_chunks_by_id(*b"EXIF");
                photo.remove_chunks_by_id(*b"XMP ");
                for chunk in photo.chunks_mut().iter_mut().filter(|chunk| chunk.id() == *b"VP8X") {
                    if let RiffContent::Data(data) = chunk.content_mut() {
                        let mut flags = data.to_vec();
                        flags.iter_mut().take(1).for_each(|first| *first &= !WEBP_NOTES);
                        *data = flags.into();
                    }
                }
                Ok(photo.encoder().bytes())
            }
            Self::Png => {
                let mut picture = Png::from_bytes(bytes).map_err(|_| Damaged)?;
                picture.chunks_mut().retain(|chunk| PNG_CHUNKS.contains(&&chunk.kind()));
                Ok(picture.encoder().bytes())
            }
            Self::Pdf => Ok(bytes),
        }
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use img_parts::png::PngChunk;

    use super::*;

    /// A JPEG with a profile, EXIF, XMP and a comment.
    pub(crate) fn jpeg() -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8];
        let segment = |marker: u8, contents: &[u8]| {
            let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
            [&[0xff, marker], &length[..], contents].concat()
        };
        for (marker, contents) in [
            (0xe0, &b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"[..]),
            (0xe1, b"Exif\0\0GPS 30.5,104.06"),
            (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
            (0xe2, b"ICC_PROFILE\0\x01\x01profile"),
            (0xed, b"Photoshop 3.0\0caption"),
            (0xfe, b"taken by 13812345678"),
            (0xdb, b"\0tables"),
        ] {
            bytes.extend(segment(marker, contents));
        }
        bytes.extend(segment(0xda, b"\x01\x01\0\0\x3f\0"));
        bytes.extend(b"pixels\xff\xd9");
        bytes
    }

    fn png() -> Bytes {
        let chunk = |kind: &[u8; 4], contents: &'static [u8]| {
            PngChunk::new(*kind, Bytes::from_static(contents)).encoder().bytes()
        };
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for part in [
            chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
            chunk(b"tEXt", b"Author\0somebody"),
            chunk(b"eXIf", b"MM\0*GPS"),
            chunk(b"IDAT", b"pixels"),
            chunk(b"IEND", b""),
        ] {
            bytes.extend(part);
        }
        bytes.into()
    }

    fn webp() -> Bytes {
        let chunk = |id: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            let pad: &[u8] = if data.len().is_multiple_of(2) { b"" } else { b"\0" };
            [&id[..], &length, data, pad].concat()
        };
        let body = [
            b"WEBP".to_vec(),
            chunk(b"VP8X", &[0b0000_1100, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            chunk(b"VP8 ", b"pixels"),
            chunk(b"EXIF", b"MM\0*GPS"),
            chunk(b"XMP ", b"<x:xmpmeta/>"),
        ]
        .concat();
        [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat().into()
    }

    fn holds(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    #[test]
    fn others_see_a_photo_without_where_when_and_by_whom_it_was_taken() {
        type Row<'a> = (Media, Bytes, &'a [&'a [u8]], &'a [&'a [u8]]);
        let rows: [Row<'_>; 3] = [
            (
                Media::Jpeg,
                jpeg().into(),
                &[b"GPS", b"xmpmeta", b"Photoshop", b"13812345678"],
                &[b"JFIF", b"profile", b"tables", b"pixels"],
            ),
            (Media::Png, png(), &[b"GPS", b"Author"], &[b"IHDR", b"pixels", b"IEND"]),
            (Media::WebP, webp(), &[b"GPS", b"xmpmeta", b"EXIF"], &[b"VP8X", b"pixels"]),
        ];
        for (media, original, gone, left) in rows {
            assert!(gone.iter().chain(left).all(|text| holds(&original, text)), "{media}");
            let shown = media.without_notes(original).unwrap();
            assert!(media.begins(&shown), "{media}");
            for text in gone {
                assert!(!holds(&shown, text), "{media} keeps {}", String::from_utf8_lossy(text));
            }
            assert!(left.iter().all(|text| holds(&shown, text)), "{media}");
            assert_eq!(media.without_notes(shown.clone()), Ok(shown), "{media}: nothing is left to take away");
        }
    }

    #[test]
    fn a_webp_no_longer_promises_what_was_taken_away() {
        let shown = Media::WebP.without_notes(webp()).unwrap();
        assert_eq!(shown[20], 0, "flags of VP8X");
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (media, bytes) in [
            (Media::Jpeg, &jpeg()[..]),
            (Media::Png, &png()),
            (Media::WebP, &webp()),
            (Media::Pdf, b"%PDF-1.7 and so on"),
        ] {
            for other in Media::ALL {
                assert_eq!(other.begins(bytes), other == media, "{media} as {other}");
            }
            assert_eq!(Media::of_bytes(bytes), Some(media));
            assert!(media.begins(&bytes[..3]), "so far it fits");
        }
        assert!(!Media::WebP.begins(b"RIFF\0\0\0\0WAVE"));
        assert_eq!((Media::of_bytes(b"%PDF-"), Media::of_bytes(b"<script></script>")), (None, None));
    }

    #[test]
    fn a_damaged_photo_is_noticed() {
        assert_eq!(Media::Jpeg.without_notes(Bytes::from_static(b"\xff\xd8\xff\xe1\x7f\xff")), Err(Damaged));
        assert_eq!(Media::Png.without_notes(Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")), Err(Damaged));
        assert_eq!(Media::WebP.without_notes(Bytes::from_static(b"RIFF\x04\0\0\0WEBPVP8 ")), Err(Damaged));
    }

    #[test]
    fn only_photos_and_papers_have_a_type() {
        assert_eq!(Media::of_type("IMAGE/jpeg; q=1"), Some(Media::Jpeg));
        assert_eq!(Media::of_type("image/svg+xml"), None);
    }
}
