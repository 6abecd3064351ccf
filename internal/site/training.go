package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// lawTraining: who takes part is trained and masters the work (plan S6); people in the chain work only after training.
const lawTraining = "长府办发〔2005〕49号 二（一）6"

// Post is the part of the work for which a person is examined, certified and activated (R15, R16).
type Post string

// The posts.
const (
	Acceptance   Post = "acceptance"   // 受理发证
	Photograph   Post = "photograph"   // 人像采集
	Fee          Post = "fee"          // 收费
	Registration Post = "registration" // 户口登记
	Visit        Post = "visit"        // 入户核对和清理
	Review       Post = "review"       // 审核
	Signing      Post = "signing"      // 签发
	Decision     Post = "decision"     // 审批
	Check        Post = "check"        // 市级质检
	Making       Post = "making"       // 制证交接
	Custody      Post = "custody"      // 证件保管
)

// Posts lists the posts.
var Posts = []Post{Acceptance, Photograph, Fee, Registration, Visit, Review, Signing, Decision, Check, Making, Custody}

// NoPost is the post of actions that need none.
const NoPost Post = ""

// actionsOf is the one table of the steps of the work, by the post that each needs. Under NoPost stand those that need none: reading, planning and
// administration, money that is counted and handed on.
var actionsOf = map[Post][]string{
	Acceptance: {
		"card.call_in", "card.open", "card.confirm", "card.notify", "card.hand_over", "card.take_in", "card.report_lost", "card.withdraw",
		"card.open_session", "card.book", "card.move_appointment", "card.end_appointment", "card.close_sessions", "card.hold", "card.release",
		"card.remind", "card.found", "card.apply_temporary", "card.hand_out_temporary", "card.end_temporary",
	},
	Photograph: {
		"card.photograph",
	},
	Fee: {
		"fund.collect", "fund.waive", "fund.refund", "fund.void_receipt", "fund.lose_receipts", "fund.return_receipts",
	},
	Registration: {
		"register.birth", "register.death", "register.correct", "register.bring_papers", "register.move_in", "register.move_out", "register.refuse_move",
		"register.return_move", "register.request_move_in", "register.report_event", "register.answer_report", "register.set_up_household",
		"register.split_household", "register.merge_households", "register.join_household", "register.change_householder", "register.change_household",
		"register.change_address", "register.dissolve_household", "register.move_out_together", "register.move_in_together", "register.add_place",
		"register.change_place", "register.remove_place", "register.late_entry", "register.remove", "register.change_class", "register.cancel",
		"register.restore", "register.serve_notice", "register.object", "register.carry_out", "register.ask_papers", "verify.carry_out", "verify.return_decision",
	},
	Visit: {
		"verify.visited", "verify.revisit", "verify.compare", "verify.order_done", "verify.propose_correction", "verify.open_case", "verify.hear",
		"verify.record_finding", "verify.serve_notice", "verify.object", "verify.settle", "verify.prove_life",
	},
	Review: {
		"card.review", "card.return",
	},
	Signing: {
		"card.sign", "card.make_temporary",
	},
	Decision: {
		"register.decide", "verify.propose", "verify.refuse_proposal", "verify.decide", "verify.reverse", "verify.approve_correction",
		"verify.refuse_correction",
	},
	Check: {
		"card.check",
	},
	Making: {
		"card.order", "card.feedback",
	},
	Custody: {
		"card.consign", "card.count", "card.find_defect", "card.send_up", "card.destroy_old", "card.destroy_spoilt", "card.append_address",
	},
	NoPost: {
		"card.tray", "card.next", "card.dossier", "card.orders", "card.order_draft", "card.order_file", "card.consignments", "card.consignment", "card.consign_draft", "card.quality",
		"card.list", "card.of_person", "card.show", "card.appointments", "card.which_card", "card.duty_list", "card.expiring", "card.late", "card.waiting", "card.held",
		"card.unclaimed", "card.temporaries", "card.explain_late", "card.kept", "card.address_due", "fund.show", "fund.fee_of", "fund.till", "fund.unpaid", "fund.close_day", "fund.remit", "fund.fee_table", "fund.receipt_report",
		"fund.income", "fund.open_items", "fund.waiver_due", "fund.poor", "register.find", "register.allot_numbers", "register.places", "register.pending",
		"register.missing", "register.requirements", "register.order_redivision", "register.history", "register.as_of", "register.search",
		"register.resident", "register.matter", "register.moves", "register.move_paper", "verify.of_person",
		"register.household", "register.households_without_head", "register.count", "register.late_declarations", "verify.run", "verify.check_person", "verify.visit_plan",
		"verify.progress", "verify.list", "verify.show", "verify.waiting",
	},
}

// unposted are rooms none of whose actions is a step of the work: the site's own, and the programme's planning and reporting.
var unposted = []string{"site", "programme"}

var postOf = func() map[string]Post {
	posts := make(map[string]Post)
	for post, actions := range actionsOf {
		for _, action := range actions {
			posts[action] = post
		}
	}
	return posts
}()

// PostOf is the post that an action needs; listed is false for an action that the table does not name, which needs none.
func PostOf(action string) (p Post, listed bool) {
	if room, _, _ := strings.Cut(action, "."); slices.Contains(unposted, room) {
		return NoPost, true
	}
	p, listed = postOf[action]
	return p, listed
}

// rolePosts are the posts for which the holder of a role is examined when nothing else is said.
var rolePosts = map[string][]Post{
	"area_officer":   {Acceptance, Registration, Visit},
	"clerk":          {Acceptance, Photograph, Fee, Registration, Visit, Custody},
	"photographer":   {Photograph},
	"cashier":        {Fee},
	"reviewer":       {Visit, Review, Decision, Check, Making, Custody},
	"issuer":         {Signing, Check, Making, Custody},
	"communications": {Making},
	"leader":         {Visit, Decision},
}

// PostsOfRoles lists the posts of roles, each once, in their order.
func PostsOfRoles(roles []string) []Post {
	var all []Post
	for _, p := range Posts {
		if slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(rolePosts[r], p) }) {
			all = append(all, p)
		}
	}
	return all
}

// PostsAt lists the posts that a unit of a tier must fill before it starts.
func PostsAt(l event.Level) []Post {
	switch l {
	case event.Station:
		return []Post{Acceptance, Photograph, Fee}
	case event.County:
		return []Post{Review, Signing}
	case event.City:
		return []Post{Check, Making}
	}
	return nil
}

// CourseOpened announces a course. Entry: site.course_opened, in the holder's down stream.
type CourseOpened struct {
	Unit   event.Unit   `json:"unit"` // that holds it
	Course string       `json:"course"`
	Title  string       `json:"title"`
	Place  string       `json:"place"`
	From   citizen.Date `json:"from"`
	To     citizen.Date `json:"to"`
	Posts  []Post       `json:"posts"`
}

// Attended says that an operator attended a course. Entry: site.attended, about the operator.
type Attended struct {
	Unit     event.Unit   `json:"unit"` // the operator's
	Operator string       `json:"operator"`
	Course   string       `json:"course"`
	On       citizen.Date `json:"on"`
}

// Examined is an operator's examination for a post: a paper with score and pass mark, and a practical task. Entry: site.examined, about the operator.
type Examined struct {
	Unit      event.Unit   `json:"unit"` // the operator's
	Operator  string       `json:"operator"`
	Post      Post         `json:"post"`
	Exam      string       `json:"exam"`
	Course    string       `json:"course,omitempty"`
	On        citizen.Date `json:"on"`
	Place     string       `json:"place,omitempty"`
	Paper     string       `json:"paper"` // number of the paper
	Score     int          `json:"score"` // of 100
	PassMark  int          `json:"pass_mark"`
	Task      string       `json:"task"` // the practical task
	Practical bool         `json:"practical"`
}

// Passed tells whether both parts were passed.
func (e Examined) Passed() bool { return e.Score >= e.PassMark && e.Practical }

// Certified gives an operator a certificate for a post, after an examination. Entry: site.certified, about the operator.
type Certified struct {
	Unit        event.Unit   `json:"unit"`
	Operator    string       `json:"operator"`
	Post        Post         `json:"post"`
	Certificate string       `json:"certificate"`
	Exam        string       `json:"exam"`
	From        citizen.Date `json:"from"`
	Until       citizen.Date `json:"until"` // last day
}

// Permission activates an operator for a post, or suspends the right. N numbers what was decided about operator and post.
// Entries: site.activated, site.suspended, about the operator.
type Permission struct {
	Unit     event.Unit   `json:"unit"`
	Operator string       `json:"operator"`
	Post     Post         `json:"post"`
	N        int          `json:"n"`
	On       citizen.Date `json:"on"`
	Ground   string       `json:"ground,omitempty"`
}

// PermissionClaim is a stored Permission.
type PermissionClaim struct {
	Permission
	Claim
	Suspended bool
}

// Rights are an operator's certificates and permissions at a unit.
type Rights struct {
	Certificates []Certified
	Permissions  []PermissionClaim
}

// Right is what an operator may do at a post today.
type Right struct {
	Post      Post         `json:"post"`
	Until     citizen.Date `json:"until,omitzero"` // of the certificate that runs longest
	Certified bool         `json:"certified"`      // a certificate holds today
	Active    bool         `json:"active"`
	Suspended bool         `json:"suspended,omitempty"`
	Ground    string       `json:"ground,omitempty"` // of the suspension
	N         int          `json:"-"`
}

// May tells whether the operator may work at the post.
func (r Right) May() bool { return r.Certified && r.Active }

// At derives the right for a post. The decision with the highest number holds; of two with one number a suspension.
func (r Rights) At(post Post, today citizen.Date) Right {
	right := Right{Post: post}
	for _, c := range r.Certificates {
		if c.Post == post && c.Until.After(right.Until) {
			right.Until = c.Until
		}
		if c.Post == post && !today.Before(c.From) && !today.After(c.Until) {
			right.Certified = true
		}
	}
	for _, p := range r.Permissions {
		if p.Post == post && (p.N > right.N || p.N == right.N && p.Suspended) {
			right.N, right.Suspended, right.Ground = p.N, p.Suspended, p.Ground
			right.Active = !p.Suspended && !today.Before(p.On)
		}
	}
	return right
}

// Permit refuses an operator who may not work at the post that an action needs (plan S6).
func Permit(login, action string, rights Rights, today citizen.Date) error {
	post, _ := PostOf(action)
	if post == NoPost {
		return nil
	}
	right := rights.At(post, today)
	if right.May() {
		return nil
	}
	zh, en := "未取得岗位 "+string(post)+" 的合格证", "has no certificate for the post "+string(post)
	mendZH, mendEN := "参加培训并通过考试，由县（区）局或市局发证(site.certify)", "take the course and pass its examination; the county or city then certifies (site.certify)"
	switch {
	case right.Certified && right.Suspended:
		zh, en = "岗位 "+string(post)+" 的上岗资格已暂停："+right.Ground, "is suspended from the post "+string(post)+": "+right.Ground
		mendZH, mendEN = "由县（区）局或市局重新批准上岗(site.activate)", "the county or city activates the right again (site.activate)"
	case right.Certified:
		zh, en = "尚未批准在岗位 "+string(post)+" 上岗", "has not been activated for the post "+string(post)
		mendZH, mendEN = "由县（区）局或市局批准上岗(site.activate)", "the county or city activates the right (site.activate)"
	case !right.Until.IsZero() && today.After(right.Until):
		zh, en = "岗位 "+string(post)+" 的合格证已于 "+right.Until.String()+" 到期", "has a certificate for the post "+string(post)+" that ran out on "+right.Until.String()
		mendZH, mendEN = "参加复训考试后换发合格证(site.certify)", "pass the examination again and renew it (site.certify)"
	}
	r := refuse("site.not_certified", "", login+" "+zh, login+" "+en, mendZH, mendEN)
	r.Source = lawTraining
	return r
}

// OpenCourse announces a course.
func OpenCourse(by By, c CourseOpened) (event.Event, error) {
	c.Unit = by.Unit
	switch {
	case !trains(by.Unit):
		return event.Event{}, notTrainer()
	case c.Title == "" || c.Place == "":
		return event.Event{}, refuse("site.course", "title", "未填课程名称或地点", "title or place is missing", "填写名称和地点", "give both")
	case c.From.IsZero() || c.To.Before(c.From):
		return event.Event{}, refuse("site.course", "from", "起止日期缺少或颠倒", "the dates are missing or the wrong way round", "核对日期", "check the dates")
	}
	if err := checkPosts(c.Posts); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindCourseOpened, V: 1, Subject: c.Course, Body: c}, nil
}

func notTrainer() *event.Refusal {
	r := refuse("site.not_trainer", "", "培训、考试和发证由县（区）局或市局办理", "training, examinations and certificates are the county's or the city's",
		"报上级公安机关办理", "let the unit above do it")
	r.Source = lawTraining
	return r
}

func checkPosts(posts []Post) error {
	if len(posts) == 0 {
		return refuse("site.post", "posts", "未填岗位", "no post is given", "填写岗位", "give the posts")
	}
	for _, p := range posts {
		if !slices.Contains(Posts, p) {
			return refuse("site.post", "posts", "没有岗位 "+string(p), "there is no post "+string(p), "改正岗位", "correct the post")
		}
	}
	return nil
}

// trainee refuses an operator who is not in service in the area, or who is oneself.
func (by By) trainee(op Serving) error {
	switch {
	case op.Operator == "" || !by.Unit.Contains(op.Unit):
		return refuse("site.no_operator", "operator", "辖区内没有该操作员", "there is no such operator in this area", "核对登录名，或先任命", "check the login, or appoint first")
	case op.Operator == by.Operator:
		return refuse("site.self", "operator", "不得为自己办理", "nobody does it for himself", "由另一名负责人或上级办理", "another person in charge or the unit above does it")
	}
	return nil
}

// Attend records who attended a course.
func Attend(by By, c CourseOpened, known bool, ops []Serving, on citizen.Date) ([]event.Event, error) {
	switch {
	case !trains(by.Unit):
		return nil, notTrainer()
	case !known:
		return nil, noCourse()
	case on.Before(c.From) || on.After(c.To) || on.After(by.Today):
		return nil, refuse("site.course_date", "on", "不在培训期内或晚于今日", "the day is outside the course or later than today", "核对日期", "check the date")
	}
	var events []event.Event
	for _, op := range ops {
		if err := by.trainee(op); err != nil {
			return nil, err
		}
		events = append(events, event.Event{Stream: event.Down(by.Unit), Kind: KindAttended, V: 1, Subject: op.Operator,
			Body: Attended{Unit: op.Unit, Operator: op.Operator, Course: c.Course, On: on}})
	}
	return events, nil
}

func noCourse() *event.Refusal {
	return refuse("site.no_course", "course", "没有该培训班", "there is no such course", "先登记培训班(site.open_course)", "announce the course first (site.open_course)")
}

// Candidate is one person's examination with what the desk found: the posts for which it was held, whether the course was attended, and the right so far.
type Candidate struct {
	Serving
	Posts     []Post
	Score     int
	Practical bool
	Attended  bool
	Rights    Rights
}

// ExamCommand is an examination of several operators, and what follows from it.
type ExamCommand struct {
	Exam     string
	Course   string // left out: an examination without a course, as for renewal
	Known    bool   // the course
	On       citizen.Date
	Place    string
	Paper    string
	PassMark int
	Task     string
	Hold     bool // certify only; the right is activated by an act of its own
}

// Certify records an examination; who passed it is certified and, unless that is held, activated for the posts.
func Certify(by By, cmd ExamCommand, all []Candidate, limits Limits) ([]event.Event, error) {
	if cmd.PassMark == 0 {
		cmd.PassMark = limits.PassMark
	}
	if err := checkExam(by, cmd, len(all), limits); err != nil {
		return nil, err
	}
	var events []event.Event
	for _, c := range all {
		if err := checkCandidate(by, cmd, c); err != nil {
			return nil, err
		}
		for _, post := range c.Posts {
			events = append(events, certify(by, cmd, c, post, limits)...)
		}
	}
	return events, nil
}

func checkExam(by By, cmd ExamCommand, candidates int, limits Limits) error {
	switch {
	case !trains(by.Unit):
		return notTrainer()
	case cmd.Course != "" && !cmd.Known:
		return noCourse()
	case cmd.Paper == "" || cmd.Task == "":
		return refuse("site.exam", "paper", "未填试卷号或实操题目", "the paper or the practical task is missing", "填写两项", "give both")
	case cmd.PassMark < limits.PassMark || cmd.PassMark > 100:
		return refuse("site.exam", "pass_mark", fmt.Sprintf("合格分数不在规定的 %d 至 100 之间", limits.PassMark), fmt.Sprintf("the pass mark is not between the office's own, %d, and 100", limits.PassMark), "改正分数", "correct it")
	case cmd.On.IsZero() || cmd.On.After(by.Today):
		return refuse("site.exam_date", "on", "考试日期缺少或晚于今日", "the day is missing or later than today", "核对日期", "check the date")
	case candidates == 0:
		return refuse("site.exam", "results", "没有考生", "nobody was examined", "填写考生和成绩", "give persons and scores")
	}
	return nil
}

func checkCandidate(by By, cmd ExamCommand, c Candidate) error {
	if err := by.trainee(c.Serving); err != nil {
		return err
	}
	switch {
	case c.Score < 0 || c.Score > 100:
		return refuse("site.exam", "score", "成绩不在 0 至 100 之间", "the score is not between 0 and 100", "改正成绩", "correct it")
	case cmd.Course != "" && !c.Attended:
		r := refuse("site.not_attended", "operator", c.Login+" 未参加该培训班", c.Login+" did not attend the course", "先登记出勤(site.attend)", "record the attendance first (site.attend)")
		r.Source = lawTraining
		return r
	}
	return checkPosts(c.Posts)
}

func certify(by By, cmd ExamCommand, c Candidate, post Post, limits Limits) []event.Event {
	speak := func(kind string, body any) event.Event {
		return event.Event{Stream: event.Down(by.Unit), Kind: kind, V: 1, Subject: c.Operator, Body: body}
	}
	exam := Examined{Unit: c.Unit, Operator: c.Operator, Post: post, Exam: cmd.Exam, Course: cmd.Course, On: cmd.On, Place: cmd.Place, Paper: cmd.Paper,
		Score: c.Score, PassMark: cmd.PassMark, Task: cmd.Task, Practical: c.Practical}
	events := []event.Event{speak(KindExamined, exam)}
	if !exam.Passed() {
		return events
	}
	events = append(events, speak(KindCertified, Certified{Unit: c.Unit, Operator: c.Operator, Post: post, Certificate: cmd.Exam + "/" + c.Operator + "/" + string(post),
		Exam: cmd.Exam, From: cmd.On, Until: cmd.On.AddMonths(limits.CertificateMonths)}))
	right := c.Rights.At(post, by.Today)
	if cmd.Hold || right.Active || right.Suspended {
		return events
	}
	return append(events, speak(KindActivated, Permission{Unit: c.Unit, Operator: c.Operator, Post: post, N: right.N + 1, On: by.Today}))
}

// Activate gives a certified operator the right to a post, as after a suspension.
func Activate(by By, op Serving, posts []Post, rights Rights, ground string) ([]event.Event, error) {
	if !trains(by.Unit) {
		return nil, notTrainer()
	}
	return permission(by, op, posts, rights, ground, false)
}

// Suspend takes the right to a post away, with a ground; the unit where the operator works may do it too.
func Suspend(by By, op Serving, posts []Post, rights Rights, ground string) ([]event.Event, error) {
	if ground == "" {
		return nil, refuse("site.no_ground", "ground", "未写明理由", "no ground is given", "写明理由", "write the ground")
	}
	return permission(by, op, posts, rights, ground, true)
}

func permission(by By, op Serving, posts []Post, rights Rights, ground string, suspend bool) ([]event.Event, error) {
	if err := by.trainee(op); err != nil {
		return nil, err
	}
	if err := checkPosts(posts); err != nil {
		return nil, err
	}
	kind, stream := KindActivated, event.Down(by.Unit)
	if suspend {
		kind, stream = KindSuspended, by.stream(op.Unit)
	}
	var events []event.Event
	for _, post := range posts {
		right := rights.At(post, by.Today)
		switch {
		case !suspend && !right.Certified:
			r := refuse("site.no_certificate", "operator", op.Login+" 没有岗位 "+string(post)+" 的有效合格证", op.Login+" has no valid certificate for the post "+string(post),
				"先考试发证(site.certify)", "certify first (site.certify)")
			r.Source = lawTraining
			return nil, r
		case suspend != right.Active:
			return nil, refuse("site.permission_same", "posts", "上岗资格已是该状态", "the right is like that already", "核对人员(site.training)", "check the person (site.training)")
		}
		events = append(events, event.Event{Stream: stream, Kind: kind, V: 1, Subject: op.Operator,
			Body: Permission{Unit: op.Unit, Operator: op.Operator, Post: post, N: right.N + 1, On: by.Today, Ground: ground}})
	}
	return events, nil
}
