use proptest::prelude::*;

use super::*;

fn mask(text: &str) -> String {
    mask_numbers_in(text, Region::CN).into_owned()
}

#[test]
fn dp_2_numbers_in_texts_are_masked_however_they_are_written() {
    for (text, expected) in [
        ("13812345678", "138****5678"),
        ("王女士 13812345678，周六到访", "王女士 138****5678，周六到访"),
        ("电话13812345678微信同号", "电话138****5678微信同号"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("138.1234.5678", "138****5678"),
        ("138_1234_5678", "138****5678"),
        ("138 - 1234 - 5678", "138****5678"),
        ("138－1234－5678", "138****5678"),
        ("138——12345678", "138****5678"),
        ("1381234 5678", "138****5678"),
        ("1-381-234-5678", "138****5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "138****5678"),
        ("138\u{200b}1234\u{200b}5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("١٣٨١٢٣٤٥٦٧٨", "138****5678"),
        ("①③⑧①②③④⑤⑥⑦⑧", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("＋86（138）12345678", "138****5678"),
        ("86 13812345678", "138****5678"),
        ("0086-138-1234-5678", "138****5678"),
        ("013812345678", "138****5678"),
        ("VX:wx13812345678", "VX:wx138****5678"),
        ("Tel13812345678a", "Tel138****5678a"),
        ("他说\\n138 1234 5678", "他说\\n138****5678"),
        ("1.13812345678 王女士", "1.138****5678 王女士"),
        ("3号楼 2 13812345678", "3号楼 2 138****5678"),
        ("2026-11-22 13812345678 09:31", "2026-11-22 138****5678 09:31"),
        ("13812345678 13987654321", "138****5678 139****4321"),
        ("13812345678/13987654321", "138****5678/139****4321"),
        ("13812345678,13987654321", "138****5678,139****4321"),
        ("座机 028-88888866", "座机 +86 28****66"),
        ("(028) 8888 8866 转 8", "+86 28****66 转 8"),
        ("（０２８）８８８８８８６６", "+86 28****66"),
        ("办公室0755 2345 6789。", "办公室+86 75****89。"),
        ("+1 (415) 555-2671", "+1 41****71"),
        ("港号+852 9123 4567", "港号+852 91****67"),
        ("001 415 555 2671", "+1 41****71"),
        ("13812345678-0123456789abcdef", "138****5678-0123456789abcdef"),
        ("{\"phone\":\"13812345678\"}", "{\"phone\":\"138****5678\"}"),
    ] {
        assert_eq!(mask(text), expected, "{text}");
    }
}

#[test]
fn other_numbers_are_left_alone() {
    for text in [
        "",
        "今天发传单 150 张，意向 12 组",
        "2026-11-22",
        "2026-11-22 09:31:07.120",
        "2026-11-22T09:31:07.120+08:00",
        "1999-01-01 2345",
        "20261122093107",
        "2026.11.22 - 2026.12.31",
        "2026/11/22 10:00-11:30",
        "1795312267120",
        "1795312267",
        "总价 1,280,000 元",
        "总价13,800,000,000.00元",
        "1380000.50",
        "138 000 000",
        "13 800 000 000",
        "合计 1381234+5678",
        "带看 13 20 30 40 50 6 组",
        "面积 89-120-143 平",
        "3栋2单元1801",
        "客服 95588",
        "订单 202611221381234567",
        "510104199001011234",
        "10.0.0.138",
        "139.180.120.12",
        "0.13812345678",
        "104.065432, 30.657401",
        "104.02888888888",
        "138****0288 8888866",
        "0193e4a1-1381-7234-8567-138123456789",
        "0193e4a1-1381-7234-8567-a13812345678",
        "a13812345678bcdef0123456789abcdef0123456789abcdef0123456789abcde",
        "a13812345678bcde",
        "eyJhbGciOiJIUzI1NiJ913812345678x",
        "138****5678",
        "+86 28****66",
        "138****5678 王女士 +852 91****67",
    ] {
        assert!(
            matches!(mask_numbers_in(text, Region::CN), Cow::Borrowed(same) if same == text),
            "{text}: {}",
            mask(text)
        );
    }
}

#[test]
fn other_regions_have_their_own_numbers() {
    assert_eq!(mask_numbers_in("call 9123 4567 or 13812345678", Region::HK), "call +852 91****67 or 138****5678");
    assert_eq!(
        mask_numbers_in("on 20261122 or 2026-11-22 at 10.10.10.10", Region::HK),
        "on 20261122 or 2026-11-22 at 10.10.10.10"
    );
    assert_eq!(mask_numbers_in("20261122 20261132", Region::DK), "20261122 +45 20****32", "a date is no number");
    assert_eq!(mask_numbers_in("(415) 555-2671", Region::US), "+1 41****71");
    assert_eq!(mask("9123 4567"), "9123 4567", "in another region this is no number");
}

#[test]
fn long_texts_without_end_are_masked() {
    for text in ["0 ".repeat(32_000), "1 ".repeat(32_000), "+1".repeat(32_000), "028 8888 ".repeat(7_000)] {
        let _ = mask(&text);
    }
}

/// A mainland mobile, as digits.
fn mobile() -> impl Strategy<Value = String> {
    "1[3-9][0-9]{9}"
}

/// Text between numbers that cannot be read together with them.
fn prose() -> impl Strategy<Value = String> {
    "([，。；：\\n]|[\u{4e00}-\u{4fff}]){1,6}"
}

proptest! {
    #[test]
    fn p11_no_mobile_in_a_text_survives(numbers in prop::collection::vec((prose(), mobile(), "[ .－-]?", prop::sample::select(vec!["", "+86", "86", "0086 ", "+86-"])), 1..4)) {
        let mut text = String::new();
        for (before, number, gap, prefix) in &numbers {
            let joined = [&number[..3], &number[3..7], &number[7..]].join(gap);
            text.extend([before.as_str(), prefix, &joined]);
        }
        text.push('。');
        let masked = mask(&text);
        let visible: String = masked.chars().filter(|ch| *ch == '*' || digit(*ch).is_some()).collect();
        for (_, number, ..) in &numbers {
            prop_assert!(!visible.contains(number.as_str()), "{} in {}", number, masked);
            prop_assert!(masked.contains(&format!("{}****{}", &number[..3], &number[7..])), "{} in {}", number, masked);
        }
    }

    #[test]
    fn masking_twice_is_masking_once(text in "([0-9０-９]{1,12}|[ +().*a-f/-]|[王：，]){0,24}") {
        let once = mask(&text);
        prop_assert_eq!(&mask(&once), &once);
    }

    #[test]
    fn texts_of_any_kind_are_survived(text in any::<String>()) {
        let _ = mask(&text);
    }

    #[test]
    fn dates_amounts_and_ids_stay(
        day in "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])",
        amount in 0_u64..1_000_000_000,
        hash in "[0-9a-f]{64}",
        id in any::<u128>(),
    ) {
        prop_assume!(hash.bytes().any(|byte| byte.is_ascii_alphabetic()));
        let text = format!("{day}，{amount} 元，{hash}，{}", uuid::Uuid::from_u128(id));
        prop_assert_eq!(mask(&text), text);
    }
}
