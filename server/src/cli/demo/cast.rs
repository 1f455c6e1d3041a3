//! Who lives through the day: eight people with a phone, six at the site without one.

use serde_json::Value;

use super::colleague::Colleague;
use super::phone::Phone;
use super::stage::Stage;
use crate::app::import_org::id_of;
use crate::cli::failure::{Exit, Failure};
use api_spec::locale::Text;
use uuid::Uuid;

/// The organisation the day is about, as `org import` reads it.
pub(super) const ORG_FILE: &str = include_str!("../../../demo/org.json");
/// Its code.
pub(super) const ORG: &str = "qingshan";
/// The project's code.
pub(super) const PROJECT: &str = "tianfu";

/// Somebody of the story; everything else about them is in the org file.
#[derive(Debug)]
pub(super) struct Person {
    /// The login name.
    pub(super) username: &'static str,
    /// The name, in Latin letters and as colleagues write it.
    pub(super) name: Text,
    /// What they do.
    pub(super) does: Text,
    /// The number of their phone in the story.
    pub(super) phone: Option<u8>,
}

impl Person {
    const fn new(username: &'static str, name: Text, does: Text, phone: Option<u8>) -> Self {
        Self { username, name, does, phone }
    }

    /// The account's id: the import derives it.
    pub(super) fn id(&self) -> Uuid {
        id_of(ORG, "user", &[self.username])
    }
}

/// Everybody, in the order of their phones.
pub(super) static PEOPLE: [Person; 14] = [
    Person::new("lihua", Text::new("Li Hua", "李华"), Text::new("lead of team 1", "外联一组组长"), Some(1)),
    Person::new("wangjianguo", Text::new("Wang Jianguo", "王建国"), Text::new("liaison, team 1", "外联"), Some(2)),
    Person::new("chenxiaoyu", Text::new("Chen Xiaoyu", "陈晓雨"), Text::new("liaison, team 1", "外联"), Some(3)),
    Person::new("liuyang", Text::new("Liu Yang", "刘洋"), Text::new("promoter, team 1", "渠道专员"), Some(4)),
    Person::new("zhoulan", Text::new("Zhou Lan", "周岚"), Text::new("lead of team 2", "渠道二组组长"), Some(5)),
    Person::new("sunting", Text::new("Sun Ting", "孙婷"), Text::new("promoter, team 2", "渠道专员"), Some(6)),
    Person::new(
        "huanghaitao",
        Text::new("Huang Haitao", "黄海涛"),
        Text::new("agent of Anju", "安居地产业务员"),
        Some(7),
    ),
    Person::new("linjing", Text::new("Lin Jing", "林静"), Text::new("agent of Tongcheng", "同城房产业务员"), Some(8)),
    Person::new("fengxue", Text::new("Feng Xue", "冯雪"), Text::new("front desk", "监督专员"), None),
    Person::new("xuwenjing", Text::new("Xu Wenjing", "徐文静"), Text::new("consultant", "置业顾问"), None),
    Person::new("zhengkai", Text::new("Zheng Kai", "郑凯"), Text::new("consultant", "置业顾问"), None),
    Person::new("shenguoqiang", Text::new("Shen Guoqiang", "沈国强"), Text::new("site lead", "案场负责人"), None),
    Person::new("xuli", Text::new("Xu Li", "许丽"), Text::new("back office", "内业"), None),
    Person::new("hejing", Text::new("He Jing", "何静"), Text::new("back office", "内业"), None),
];

/// A place of the project: a post or an outlet of the org file, or the site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) id: Uuid,
    pub(super) lat: f64,
    pub(super) lng: f64,
}

/// Everybody on the stage.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) li: Phone,
    pub(super) wang: Phone,
    pub(super) chen: Phone,
    pub(super) liu: Phone,
    pub(super) zhou: Phone,
    pub(super) sun: Phone,
    pub(super) huang: Phone,
    pub(super) lin: Phone,
    pub(super) feng: Colleague,
    pub(super) xu: Colleague,
    pub(super) zheng: Colleague,
    pub(super) shen: Colleague,
    pub(super) xuli: Colleague,
    pub(super) hejing: Colleague,
}

impl Cast {
    /// Phones that are switched off, and people at their desks who have not logged in.
    ///
    /// # Errors
    /// When the org file does not know somebody.
    pub(super) fn assemble(stage: &Stage) -> Result<Self, Failure> {
        let [li, wang, chen, liu, zhou, sun, huang, lin, feng, xu, zheng, shen, xuli, hejing] = &PEOPLE;
        Ok(Self {
            li: Phone::new(stage, li)?,
            wang: Phone::new(stage, wang)?,
            chen: Phone::new(stage, chen)?,
            liu: Phone::new(stage, liu)?,
            zhou: Phone::new(stage, zhou)?,
            sun: Phone::new(stage, sun)?,
            huang: Phone::new(stage, huang)?,
            lin: Phone::new(stage, lin)?,
            feng: Colleague::new(stage, feng)?,
            xu: Colleague::new(stage, xu)?,
            zheng: Colleague::new(stage, zheng)?,
            shen: Colleague::new(stage, shen)?,
            xuli: Colleague::new(stage, xuli)?,
            hejing: Colleague::new(stage, hejing)?,
        })
    }

    /// The consultant of this id.
    ///
    /// # Errors
    /// When it is nobody's.
    pub(super) fn consultant(&mut self, id: Uuid) -> Result<&mut Colleague, Failure> {
        let consultants = [&mut self.xu, &mut self.zheng];
        let found = consultants.into_iter().find(|consultant| consultant.person.id() == id);
        found.ok_or_else(|| Failure::new(Exit::Failed, format!("{id} is no consultant of the demo")))
    }

    /// The phones, in order.
    pub(super) fn phones(&self) -> [&Phone; 8] {
        [&self.li, &self.wang, &self.chen, &self.liu, &self.zhou, &self.sun, &self.huang, &self.lin]
    }

    /// The phones, to be used.
    pub(super) fn phones_mut(&mut self) -> [&mut Phone; 8] {
        let Self { li, wang, chen, liu, zhou, sun, huang, lin, .. } = self;
        [li, wang, chen, liu, zhou, sun, huang, lin]
    }
}

/// The org file, for looking things up.
#[derive(Debug)]
pub(super) struct OrgFile(Value);

impl OrgFile {
    /// Reads it.
    ///
    /// # Errors
    /// When it is no JSON.
    pub(super) fn read() -> Result<Self, Failure> {
        serde_json::from_str(ORG_FILE).map(Self).map_err(|error| broken(&error.to_string()))
    }

    /// The site.
    pub(super) fn site(&self) -> Result<Place, Failure> {
        let project = self.find("projects", "code", PROJECT)?;
        located(&project["site"], PROJECT, id_of(ORG, "project", &[PROJECT]))
    }

    /// A post, by its code.
    pub(super) fn post(&self, code: &str) -> Result<Place, Failure> {
        self.place("posts", code, id_of(ORG, "post", &[PROJECT, code]))
    }

    /// An outlet, by its code.
    pub(super) fn outlet(&self, code: &str) -> Result<Place, Failure> {
        self.place("outlets", code, id_of(ORG, "outlet", &[PROJECT, code]))
    }

    /// The password somebody starts with.
    pub(super) fn password(&self, username: &str) -> Result<&str, Failure> {
        let user = self.find("users", "username", username)?;
        user["password"].as_str().ok_or_else(|| broken(&format!("{username} has no password")))
    }

    fn place(&self, list: &str, code: &str, id: Uuid) -> Result<Place, Failure> {
        located(self.find(list, "code", code)?, code, id)
    }

    fn find(&self, list: &str, key: &str, value: &str) -> Result<&Value, Failure> {
        let entries = self.0[list].as_array().into_iter().flatten();
        entries.into_iter().find(|entry| entry[key] == value).ok_or_else(|| broken(&format!("{value} is missing")))
    }
}

fn located(found: &Value, code: &str, id: Uuid) -> Result<Place, Failure> {
    match (found["lat"].as_f64(), found["lng"].as_f64()) {
        (Some(lat), Some(lng)) => Ok(Place { id, lat, lng }),
        _ => Err(broken(&format!("{code} has no place"))),
    }
}

fn broken(what: &str) -> Failure {
    Failure::new(Exit::Failed, format!("the demo's org file is broken: {what}"))
}
