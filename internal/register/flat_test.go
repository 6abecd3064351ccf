package register

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

// fullRecord has every item; a new one fails the test until it is here and, being flat, read by hand.
func fullRecord(t testing.TB) Record {
	t.Helper()
	var r Record
	fields := reflect.ValueOf(&r).Elem()
	for i := range fields.NumField() {
		switch f := fields.Field(i); f.Interface().(type) {
		case string:
			f.SetString("值" + fields.Type().Field(i).Name)
		case int:
			f.SetInt(int64(i))
		case citizen.Date:
			f.Set(reflect.ValueOf(citizen.MustDate("1970-01-01").AddDays(i)))
		case []Extra: // not flat
		default:
			t.Fatalf("no sample for %s", fields.Type().Field(i).Name)
		}
	}
	return r
}

func TestEveryItemIsReadByHandAsByTheLibrary(t *testing.T) {
	want := fullRecord(t)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Record
	if !flatMembers(string(text), got.member) {
		t.Fatalf("not read by hand: %s", text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	want.Extra, want.Name = []Extra{{"旧编号", "7"}}, `a"b\c`
	if text, err = json.Marshal(want); err != nil {
		t.Fatal(err)
	}
	if err := readRecord(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
}

// FuzzReadRecord compares both ways on whatever text.
func FuzzReadRecord(f *testing.F) {
	full, err := json.Marshal(fullRecord(f))
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{string(full), `{}`, `{"name":"a"}`, `{"name":"a",}`, `{"name":"a"}}`, `{"name":"a"`, `{"Name":"a"}`, `{"name":1}`, `{"name":null}`,
		`{"pinyin_v":01}`, `{"pinyin_v":"1"}`, `{"pinyin_v":-1}`, `{"pinyin_v":99999999999999999999}`, `{"birth_date":"1970-13-01"}`, `{"birth_date":""}`,
		`{"birth_date":"19700101"}`, `{"name":"a","name":"b"}`, `{ "name":"a"}`, "{\"name\":\"\xff\"}", "{\"name\":\"\n\"}", `{"name":"\u4e00"}`, `{"x":"y"}`, `{"extra":[]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got, want Record
		gotErr, wantErr := readRecord([]byte(text), &got), json.Unmarshal([]byte(text), &want)
		if (gotErr == nil) != (wantErr == nil) || (wantErr == nil && !reflect.DeepEqual(got, want)) {
			t.Errorf("%q: %+v %v, want %+v %v", text, got, gotErr, want, wantErr)
		}
	})
}
