//! Fictional people: the same names, numbers and walks of life on every start.

use crate::features::representatives::Gender;
use pinyin::ToPinyin;

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const FIRST: &str = "建志国文明德永海云春晓丽秀玉美雅思子家俊宏立学世光振成金一";
const SECOND: &str = "华强军平伟林芳英兰燕梅霞红娟敏静慧婷洁莉玲涛斌峰磊超勇杰鹏辉宇轩然怡琳";

const ETHNICITIES: [&str; 8] = ["汉族", "汉族", "汉族", "汉族", "彝族", "白族", "回族", "傣族"];
const WORK: [(&str, &str); 10] = [
    ("昆州市第一中学", "教师"),
    ("昆州市人民医院", "主任医师"),
    ("东江机床厂", "车间主任"),
    ("云溪镇红岩村", "村委会主任"),
    ("西岭茶叶合作社", "理事长"),
    ("昆州市公共交通公司", "驾驶员"),
    ("昆州大学", "教授"),
    ("东江区青云社区", "党委书记"),
    ("昆州市农业科学院", "研究员"),
    ("西岭建筑公司", "工程师"),
];

/// A person who does not exist.
pub struct Someone {
    pub name: String,
    pub pinyin: String,
    pub gender: Gender,
    pub ethnicity: &'static str,
    pub employer: &'static str,
    pub job_title: &'static str,
}

/// The person with this number.
pub fn someone(n: usize) -> Someone {
    // Neighbours must not look alike: the number is stirred first.
    let stirred = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7;
    let pick = |from: &str, shift: u32| -> char {
        let letters: Vec<char> = from.chars().collect();
        letters[(stirred >> shift) as usize % letters.len()]
    };
    let mut name = String::from(pick(SURNAMES, 3));
    if n % 5 != 4 {
        name.push(pick(FIRST, 19));
    }
    name.push(pick(SECOND, 33));
    let (employer, job_title) = WORK[(stirred >> 11) as usize % WORK.len()];
    Someone {
        pinyin: pinyin_of(&name),
        name,
        gender: if (stirred >> 40) % 10 < 3 {
            Gender::Female
        } else {
            Gender::Male
        },
        ethnicity: ETHNICITIES[(stirred >> 45) as usize % ETHNICITIES.len()],
        employer,
        job_title,
    }
}

/// A name in letters, for search and order.
pub fn pinyin_of(name: &str) -> String {
    name.chars()
        .map(|c| {
            c.to_pinyin()
                .map_or_else(|| c.to_lowercase().to_string(), |p| p.plain().to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_stay_the_same_and_differ() {
        let names: std::collections::HashSet<String> = (0..500).map(|n| someone(n).name).collect();
        assert!(names.len() > 400, "{}", names.len());
        assert_eq!(someone(7).name, someone(7).name);
        assert_eq!(pinyin_of("李晓华"), "lixiaohua");
    }
}
