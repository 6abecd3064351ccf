package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// serveTour serves the pages of an office in which nobody is appointed yet.
func serveTour(t *testing.T, tour *Tour) *httptest.Server {
	t.Helper()
	room := sitedb.New()
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Rooms: []office.Room{room}, Directory: room})
	s, err := New(context.Background(), Config{Office: o.Office, Log: slog.New(slog.DiscardHandler), Tour: tour})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return server
}

// TestTourIsShutOutsideADemonstration: without a tour nobody enters without a password, and in one nobody who is not an operator (web.no_operator).
func TestTourIsShutOutsideADemonstration(t *testing.T) {
	for name, test := range map[string]struct {
		tour *Tour
		want int
	}{"a node at work": {nil, http.StatusNotFound}, "a demonstration": {&Tour{Home: "/tour"}, http.StatusUnprocessableEntity}} {
		t.Run(name, func(t *testing.T) {
			answer, err := http.Get(serveTour(t, test.tour).URL + "/tour/enter?as=nobody&to=/")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != test.want {
				t.Errorf("status %d, want %d", answer.StatusCode, test.want)
			}
		})
	}
}
