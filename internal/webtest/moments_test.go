package webtest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
)

// The ten moments that win or lose people, and the test of each:
//
//	 1  the line or the power fails in mid-form                        TestMomentPowerFailsInMidForm
//	 2  the records differ; the citizen still makes one trip           TestMomentMismatchCostsNoSecondTrip
//	 3  the third shot fails; a named person decides                   TestMomentThirdShotFails
//	 4  ten yuan short at closing, honestly booked under two names     TestMomentTenYuanShort
//	 5  an evening of visits; only differences keyed                   TestMomentEveningOfVisits
//	 6  the county's reviewer: one key for each                        TestMomentReviewByOneKeyEach
//	 7  the disk's courier: sheet, count and receipt agree             TestMomentCourierCarriesADisk
//	 8  the leader's meeting: whose step is late, a click to the names TestMomentLeadersMeeting
//	 9  a wrong chip at hand-over: remade first, a temporary card now  TestMomentWrongChip
//	10  a mother with incomplete papers                                TestMomentMotherWithIncompletePapers

// TestMomentMismatchCostsNoSecondTrip: the booklet writes a name otherwise than the register. The clerk types only the difference and goes on to the receipt; the county may
// review, the signing waits and says for what; the correction is proposed from the window, decided by another person, and then the card is signed. The citizen came once.
func TestMomentMismatchCostsNoSecondTrip(t *testing.T) {
	c := enter(t, "clerk", nearStation, "zh")
	tenure, _ := c.comer("张")
	window := open(t, "clerk", nearStation, "zh")
	page := "/accept/" + tenure // the power fails in the middle: the cursor is back where it stood
	c.send("/-/draft", url.Values{"_page": {page}, "_focus": {"d.booklet.name"}, "_once": {c.fresh(page)}, "looked": {"form", "booklet", "card", "self"}, "d.booklet.name": {"杨"}})
	window.Go(page)
	if at := browsertest.Eval[string](window, "document.activeElement.name + document.activeElement.value"); at != "d.booklet.name杨" {
		t.Errorf("the cursor is in %q", at)
	}
	window.Press(kb.F2) // the first cell
	if at := browsertest.Eval[string](window, "document.activeElement.name"); at != "d.form.name" {
		t.Fatalf("the cursor is in %q", at)
	}
	window.Type(`[name="d.booklet.name"]`, "杨另名")
	window.Click("main form button.primary")
	says(t, window, "main", "有不一致，已记录", "本人不必再来")
	propose := browsertest.Eval[string](window, `document.querySelector(".notice a").getAttribute("href")`)
	for range toReceipt {
		window.Enter(enterKey)
	}
	says(t, window, "main", "受理完成", "前通知领证")
	id := applicationAt(t, window)

	window.Go(propose)
	window.Type("#f-items-name", "杨另名")
	set(window, `document.querySelector("#f-category").selectedIndex = 1`)
	window.Type("#f-evidence", "户口簿和原始登记表")
	window.Click("main form button.primary")
	says(t, window, "main", "已提出", "杨另名")
	_, matter, _ := strings.Cut(window.Where(), "/correction/")
	correction := "/correction/" + matter

	county := open(t, "reviewer", farCounty, "zh")
	county.Go("/review?application=" + id)
	county.Enter("a")
	signer := open(t, "issuer", farCounty, "zh")
	signer.Go("/sign?application=" + id)
	if text := signer.Text("main"); !strings.Contains(text, "更正") {
		t.Errorf("the signing does not say what it waits for:\n%s", text)
	}
	if browsertest.Eval[bool](signer, `document.querySelector("button[data-key=A]:not(:disabled)") !== null`) {
		t.Errorf("it can be signed while a correction is pending:\n%s", signer.Text("main"))
	}
	county.Go(correction)
	county.Enter(kb.F8)
	await(t, window, correction, ".page-head", "已执行")
}
