package cardreader

import (
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Error is why a card was not read: a status of the module's, or something on the way to it.
type Error struct {
	Code   string       // reader.<what>
	Status byte         // SW3 of the module's answer; 0: it gave none
	Text   citizen.Text // what is wrong
	Mend   citizen.Text // what to do
	cause  error
}

// Error names the code and the cause.
func (e *Error) Error() string {
	switch {
	case e.cause != nil:
		return fmt.Sprintf("card reader: %s: %v", e.Code, e.cause)
	case e.Status != 0:
		return fmt.Sprintf("card reader: %s (status %02X)", e.Code, e.Status)
	}
	return "card reader: " + e.Code
}

// Unwrap gives the error of the connection.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the code of a reader's error, or empty.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// The statuses (SW3) that mean that all is well.
const (
	statusDone  = 0x90
	statusFound = 0x9F
)

// The statuses that the simulator gives and the reader acts on.
const (
	statusChecksum   = 0x10
	statusLength     = 0x11
	statusCommand    = 0x21
	statusReadFailed = 0x41
	statusNoCard     = 0x80
	statusNoSelect   = 0x81
	statusEmpty      = 0x91
)

type words struct {
	code       string
	text, mend citizen.Text
}

var (
	tryAgain   = citizen.Text{ZH: "重新放卡再读；仍不行则检查连线", EN: "put the card on again; if it goes on, check the cable"}
	callSeller = citizen.Text{ZH: "停用该读卡器，联系供应商检修", EN: "take the reader out of use and call its supplier"}
	notGenuine = citizen.Text{ZH: "换一台读卡器再读；仍不能通过的，按疑似伪造或损坏证件处理", EN: "try another reader; if that fails too, treat the card as damaged or forged"}
)

// statuses are the module's answers that are not "done".
var statuses = map[byte]words{
	statusChecksum:   {"reader.module_checksum", citizen.Text{ZH: "模块收到的命令校验和错误", EN: "the module received a damaged command"}, tryAgain},
	statusLength:     {"reader.module_length", citizen.Text{ZH: "模块收到的命令长度错误", EN: "the module received a command of a wrong length"}, tryAgain},
	statusCommand:    {"reader.module_command", citizen.Text{ZH: "模块不支持该命令或参数", EN: "the module does not know the command or parameter"}, citizen.Text{ZH: "核对读卡器型号", EN: "check the reader's model"}},
	0x24:             {"reader.module_unknown", citizen.Text{ZH: "模块报告无法识别的错误", EN: "the module reports an unknown error"}, tryAgain},
	0x31:             {"reader.card_rejects_module", citizen.Text{ZH: "证件认证模块失败", EN: "the card does not accept the module"}, notGenuine},
	0x32:             {"reader.module_rejects_card", citizen.Text{ZH: "模块认证证件失败", EN: "the module does not accept the card"}, notGenuine},
	0x33:             {"reader.not_verified", citizen.Text{ZH: "证件信息验证失败", EN: "the card's information could not be verified"}, notGenuine},
	0x40:             {"reader.wrong_card", citizen.Text{ZH: "无法识别的证件类型", EN: "the card is of a kind that the module does not know"}, citizen.Text{ZH: "放上居民身份证", EN: "put a resident's card on"}},
	statusReadFailed: {"reader.read_failed", citizen.Text{ZH: "读证件失败", EN: "reading the card failed"}, tryAgain},
	0x47:             {"reader.random_failed", citizen.Text{ZH: "取随机数失败", EN: "getting a random number failed"}, tryAgain},
	0x60:             {"reader.self_test", citizen.Text{ZH: "模块自检失败，不能接收命令", EN: "the module's self-test failed"}, callSeller},
	0x66:             {"reader.not_authorised", citizen.Text{ZH: "模块未经授权，不能使用", EN: "the module is not authorised"}, callSeller},
	statusNoCard:     {"reader.no_card", citizen.Text{ZH: "没有找到证件", EN: "no card was found"}, citizen.Text{ZH: "拿开证件，再平放到读卡区", EN: "take the card away, then lay it flat on the reader"}},
	statusNoSelect:   {"reader.not_selected", citizen.Text{ZH: "选取证件失败", EN: "selecting the card failed"}, citizen.Text{ZH: "拿开证件，再平放到读卡区，一次只放一张", EN: "take the card away and lay it on again, one card at a time"}},
	statusEmpty:      {"reader.empty", citizen.Text{ZH: "证件中此项无内容", EN: "the card holds nothing there"}, citizen.Text{ZH: "无需处理", EN: "nothing is to be done"}},
}

// onTheWay are the errors that no module sends.
var onTheWay = map[string]words{
	"reader.port":       {"", citizen.Text{ZH: "打不开读卡器端口", EN: "the reader's port cannot be opened"}, citizen.Text{ZH: "核对端口名、连线、电源和权限", EN: "check the port's name, the cable, the power and the permission"}},
	"reader.closed":     {"", citizen.Text{ZH: "与读卡器的连接中断", EN: "the connection to the reader broke"}, citizen.Text{ZH: "检查连线和电源后重试", EN: "check cable and power, then try again"}},
	"reader.silent":     {"", citizen.Text{ZH: "读卡器没有应答", EN: "the reader does not answer"}, citizen.Text{ZH: "核对端口、通信速率和电源", EN: "check the port, the speed and the power"}},
	"reader.incomplete": {"", citizen.Text{ZH: "读卡器的应答不完整", EN: "the reader's answer is incomplete"}, tryAgain},
	"reader.noise":      {"", citizen.Text{ZH: "端口上的数据不是读卡器的应答", EN: "what comes from the port is not a reader's answer"}, citizen.Text{ZH: "核对端口和通信速率，是否接了别的设备", EN: "check port and speed, and whether another device is connected"}},
	"reader.length":     {"", citizen.Text{ZH: "读卡器应答的长度错误", EN: "the reader's answer has a wrong length"}, tryAgain},
	"reader.checksum":   {"", citizen.Text{ZH: "读卡器应答的校验和错误", EN: "the reader's answer is damaged"}, tryAgain},
	"reader.unexpected": {"", citizen.Text{ZH: "读卡器的应答与命令不符", EN: "the reader's answer does not fit the command"}, tryAgain},
}

func statusError(sw3 byte) *Error {
	if w, ok := statuses[sw3]; ok {
		return &Error{Code: w.code, Status: sw3, Text: w.text, Mend: w.mend}
	}
	text := fmt.Sprintf("%02X", sw3)
	return &Error{Code: "reader.status_unknown", Status: sw3, Text: citizen.Text{ZH: "模块返回未知状态" + text, EN: "the module gives the unknown status " + text}, Mend: tryAgain}
}

func wayError(code string, cause error) *Error {
	w := onTheWay[code]
	return &Error{Code: code, Text: w.text, Mend: w.mend, cause: cause}
}

// PortError is the error of a port that could not be opened.
func PortError(cause error) error { return wayError("reader.port", cause) }
