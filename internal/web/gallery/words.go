package gallery

// own are the words of the living page itself: the headings of its samples, and the words inside those made by hand.
func own(w pair) Words {
	return Words{
		"colours": w("颜色", "Colours"), "buttons": w("按钮", "Buttons"), "steps": w("步骤、折叠、标签页", "Steps, folds, tabs"), "fields": w("表单与更正", "Forms and corrections"),
		"words": w("提示、标记、号码", "Notices, tags, numbers"), "lists": w("列表", "Lists"), "records": w("记录与比对", "Records and comparison"), "boards": w("看板", "Boards"),
		"receipt": w("办结回执", "Receipt"), "paper": w("打印件", "Paper"), "icons": w("图标", "Icons"),
		"next": w("下一步", "Next"), "print": w("打印", "Print"), "reject": w("退回", "Return"), "later": w("稍后", "Later"), "disabled": w("无权办理", "Not allowed"), "back": w("返回", "Back"),
		"check": w("核对后提交", "Check the answers"), "found": w("本人", "The person"), "compared": w("核对", "Comparison"), "change": w("更改", "Change"), "same": w("五项记录一致", "The five records agree"),
		"tabs": w("记录各部分", "Parts of the record"), "record": w("登记", "Registration"), "history": w("变动", "Changes"), "family": w("同户人", "Household"), "group": w("申领人", "Applicant"),
		"progress": w("进度", "Progress"), "changed": w("变动项目", "Changed items"), "compare": w("新旧比对", "Old and new"), "differs": w("1 项不同", "1 differs"),
		"oldPhoto": w("原照片", "Old picture"), "newPhoto": w("新照片", "New picture"), "item": w("项目", "Item"), "old": w("原记录", "Old"), "new": w("本人申报", "Citizen's statement"), "name": w("姓名", "Name"), "born": w("出生日期", "Born"),
	}
}
