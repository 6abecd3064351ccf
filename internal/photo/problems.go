package photo

import (
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
)

// The codes of what can be wrong with a file or picture as a whole.
const (
	CodeTooLarge     = "photo.file_too_large"
	CodeTooMany      = "photo.too_many_pixels"
	CodeShape        = "photo.shape"
	CodeFormat       = "photo.format"
	CodeBroken       = "photo.broken"
	CodeCMYK         = "photo.cmyk"
	CodeSixteenBit   = "photo.sixteen_bit"
	CodeCoding       = "photo.coding"
	CodeScans        = "photo.too_many_scans"
	CodeAnimated     = "photo.animated"
	CodeTransparent  = "photo.transparent"
	CodeMisnamed     = "photo.misnamed"
	CodePlace        = "photo.place"
	CodeTurned       = "photo.turned"
	CodeNoFace       = "photo.no_face"
	CodeDark         = "photo.dark"
	CodeFaces        = "photo.several_faces"
	CodeOnItsSide    = "photo.on_its_side"
	CodeTilted       = "photo.tilted"
	CodeTooSmall     = "photo.too_small"
	CodeFrameOutside = "photo.frame_outside"
)

func problem(code, zh, en, mendZH, mendEN string) *Problem {
	return &Problem{Code: code, Verdict: Fail, Text: citizen.Text{ZH: zh, EN: en}, Mend: citizen.Text{ZH: mendZH, EN: mendEN}}
}

func note(code, zh, en, mendZH, mendEN string) *Problem {
	p := problem(code, zh, en, mendZH, mendEN)
	p.Verdict = Pass
	return p
}

func tooLarge(bytes int) *Problem {
	return problem(CodeTooLarge, fmt.Sprintf("文件 %d 字节，超过 %d 字节", bytes, MaxBytes), fmt.Sprintf("the file has %d bytes, more than %d", bytes, MaxBytes),
		"相机改用 JPEG 格式、300 万至 1200 万像素", "set the camera to JPEG and 3 to 12 megapixels")
}

func tooMany(width, height int) *Problem {
	return problem(CodeTooMany, fmt.Sprintf("图像 %d×%d 像素，超过 3000 万像素", width, height), fmt.Sprintf("the picture has %d by %d pixels, more than 30 million", width, height),
		"相机改为 300 万至 1200 万像素", "set the camera to 3 to 12 megapixels")
}

func wrongShape(width, height int) *Problem {
	return problem(CodeShape, fmt.Sprintf("图像 %d×%d 像素，太小或太窄", width, height), fmt.Sprintf("the picture has %d by %d pixels: too small or too narrow", width, height),
		"用相机原图", "use the camera's own picture")
}

func wrongFormat(found string) *Problem {
	return problem(CodeFormat, "不是 JPEG 或 PNG 图像（"+found+"）", "this is no JPEG or PNG picture ("+found+")", "用相机或软件另存为 JPEG", "save it as JPEG")
}

func broken(why string) *Problem {
	return problem(CodeBroken, "图像文件已损坏或不完整（"+why+"）", "the picture file is damaged or cut short ("+why+")", "从相机重新复制，或重新拍照", "copy it from the camera again, or take a new picture")
}

func cmyk() *Problem {
	return problem(CodeCMYK, "图像是印刷用四色（CMYK），应为 24 位 RGB", "the picture is in print colours (CMYK); 24-bit RGB is needed", "用相机原图，或另存为 RGB 的 JPEG", "use the camera's own picture, or save it as an RGB JPEG")
}

func sixteenBit(bits int) *Problem {
	return problem(CodeSixteenBit, fmt.Sprintf("图像每色 %d 位，应为 8 位（24 位 RGB）", bits), fmt.Sprintf("the picture has %d bits a colour; 8 are needed (24-bit RGB)", bits), "另存为 8 位的 JPEG", "save it as an 8-bit JPEG")
}

func wrongCoding(what string) *Problem {
	return problem(CodeCoding, "JPEG 编码方式不支持（"+what+"）", "this kind of JPEG cannot be read ("+what+")", "另存为基线 JPEG", "save it as a baseline JPEG")
}

func tooManyScans() *Problem {
	return problem(CodeScans, fmt.Sprintf("JPEG 含有超过 %d 次扫描，不予解码", maxScans), fmt.Sprintf("the JPEG has more than %d scans and is not decoded", maxScans), "用相机原图，或另存为基线 JPEG", "use the camera's own picture, or save it as a baseline JPEG")
}

func animated() *Problem {
	return problem(CodeAnimated, "文件含有多幅动画图像", "the file holds several pictures (an animation)", "只保存一幅静止图像", "save one still picture")
}

func transparent() *Problem {
	return problem(CodeTransparent, "图像有透明部分，说明背景被抠除", "the picture has transparent parts: its background was cut out", "在白色背景前重新拍照，不得合成", "take a new picture before a white background; composite pictures are not accepted")
}

func misnamed(name, format string) *Problem {
	return note(CodeMisnamed, "文件名为 ."+name+"，内容是 "+format, "the file is named ."+name+" and holds "+format, "改正文件扩展名", "rename the file")
}

func placeFound() *Problem {
	return note(CodePlace, "文件记有拍摄地点（GPS）", "the file tells where it was taken (GPS)", "规范化时去除；请关闭相机定位", "normalising drops it; turn location off in the camera")
}

func turned(orientation int) *Problem {
	return note(CodeTurned, fmt.Sprintf("已按相机方向标记（%d）摆正", orientation), fmt.Sprintf("turned upright as the camera's orientation mark (%d) says", orientation), "无需处理", "nothing to do")
}

func noFace() *Problem {
	return problem(CodeNoFace, "未找到人脸", "no face was found", "正对镜头、光线均匀、脸部完整入镜后重拍；若人脸清楚可见，请由负责人查看", "take it again: facing the camera, in even light, the whole face in the picture; if a face is plain to see, let the person in charge look")
}

// dark is no face found where there is too little light to find one.
func dark(level float64) *Problem {
	return problem(CodeDark, fmt.Sprintf("太暗，未找到人脸（画面中部亮度 %s）", Number(level)), fmt.Sprintf("too dark, no face was found (brightness %s in the middle of the picture)", Number(level)), "加正面补光或增加曝光后重拍", "add light from the front, or expose longer, and take it again")
}

func severalFaces(n int) *Problem {
	return problem(CodeFaces, fmt.Sprintf("找到 %d 张人脸", n), fmt.Sprintf("%d faces were found", n), "只拍申请人一人，背景无他人或画像", "only the applicant may be in the picture; no other person or portrait behind")
}

func onItsSide() *Problem {
	return problem(CodeOnItsSide, "图像横放或倒置", "the picture lies on its side or upside down", "摆正图像后再处理，或检查相机的方向设置", "turn the picture upright, or look at the camera's orientation setting")
}

func tilted(degree float64) *Problem {
	return problem(CodeTilted, fmt.Sprintf("头部倾斜 %.0f 度，超过可校正的 %d 度", degree, int(maxTilt)), fmt.Sprintf("the head is tilted by %.0f degrees, more than the %d that can be levelled", degree, int(maxTilt)), "请申请人坐正、两眼齐平，重新拍照", "ask the applicant to sit straight, eyes level, and take a new picture")
}

func tooSmall(pupils, need float64) *Problem {
	return problem(CodeTooSmall, fmt.Sprintf("人脸太小：两瞳孔相距 %.0f 像素，至少需要 %.0f", pupils, need), fmt.Sprintf("the face is too small: %.0f pixels between the pupils, at least %.0f are needed", pupils, need), "靠近一些或变焦拉近，或提高相机像素后重拍", "move closer, zoom in, or set more megapixels, and take it again")
}

func frameOutside(side citizen.Text) *Problem {
	return problem(CodeFrameOutside, "裁切框超出图像"+side.ZH+"，且该处不是白色背景", "the crop reaches over the picture's "+side.EN+" edge, where there is no white background", "离远一些，让头部四周和肩部留有余地，重新拍照", "step back so that there is room around head and shoulders, and take it again")
}
