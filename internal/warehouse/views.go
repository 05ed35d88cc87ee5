package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/migrations"
)

// ViewFault is a view that is not as this program declares it. mnaflow migrate makes it anew.
type ViewFault struct {
	View   string `json:"view"`
	Reason string `json:"reason"` // a predicate, such as "is missing"
}

// String is the fault in one line.
func (f ViewFault) String() string { return "view " + f.View + " " + f.Reason }

// What can be wrong with a view.
const (
	viewMissing    = "is missing"
	viewDiffers    = "is not as this program declares it"
	viewNoDefiner  = "cannot be read: its definer is gone"
	viewUndeclared = "is not declared any more"
)

// storedView is a view of the database, or a table with the name of a declared view.
type storedView struct {
	engine, definer, comment string
	form                     string // its CREATE statement, as the server formats it after parsing
}

// ViewFaults compares the stored views with their declarations. The server parses and formats both, so that neither
// layout nor a newer server makes a difference. It also reads from each view, which finds a definer that is gone. An
// error is a *flow.Error of class Warehouse, or the context's.
func (db *DB) ViewFaults(ctx context.Context) ([]ViewFault, error) {
	stored, err := db.storedViews(ctx)
	if err != nil {
		return nil, err
	}
	forms, err := db.declaredForms(ctx, stored)
	if err != nil {
		return nil, err
	}
	out := []ViewFault{}
	known := definers{}
	for _, v := range migrations.Views() {
		reason, err := db.viewFault(ctx, v, stored, forms[v.Name], known)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			out = append(out, ViewFault{View: v.Name, Reason: reason})
		}
		delete(stored, v.Name)
	}
	for name, s := range stored {
		if s.ours() {
			out = append(out, ViewFault{View: flow.Foreign(name, mostText), Reason: viewUndeclared})
		}
	}
	return out, nil
}

// ours says whether this program, in some version, made the view.
func (s storedView) ours() bool { return s.engine == "View" && migrations.Marked(s.comment) }

// viewFault says what is wrong with one view; empty for nothing.
func (db *DB) viewFault(
	ctx context.Context, v migrations.View, stored map[string]storedView, form string, known definers,
) (string, error) {
	s, exists := stored[v.Name]
	switch {
	case !exists:
		return viewMissing, nil
	case s.engine != "View":
		return db.tableInPlace(v.Name, s.engine), nil
	case s.form != form:
		return viewDiffers, nil
	}
	gone, err := db.definerGone(ctx, v, s.definer, known)
	if gone {
		return viewNoDefiner, nil
	}
	return "", err
}

// tableInPlace is the fault of a view in whose place there is a table, which may hold data. Whoever tells it adds that
// mnaflow migrate is to run.
func (db *DB) tableInPlace(view, engine string) string {
	return fmt.Sprintf("is a table of the engine %s (first RENAME TABLE %s TO %s)",
		engine, db.Qualified(view), db.Qualified(view+"_old"))
}

// OldViews lists the declared views that are missing, or that another version of this program made. It compares the
// hashes in their comments, which costs a load a tenth of what ViewFaults does, and misses what ALTER TABLE … MODIFY
// QUERY changed. An error is a *flow.Error of class Warehouse, or the context's.
func (db *DB) OldViews(ctx context.Context) ([]ViewFault, error) {
	stored := map[string]storedView{}
	_, err := Select(ctx, db, Query{
		Doing: "reading the comments of the views", SQL: statements.Text("view_comments", nil),
		Values: Values{"database": db.config.Database, "names": viewNames()},
	}, func(scan func(...any) error) (struct{}, error) {
		var name string
		var s storedView
		err := scan(&name, &s.engine, &s.comment)
		stored[name] = s
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	var out []ViewFault
	for _, v := range migrations.Views() {
		switch s, exists := stored[v.Name]; {
		case !exists:
			out = append(out, ViewFault{View: v.Name, Reason: viewMissing})
		case s.engine != "View":
			out = append(out, ViewFault{View: v.Name, Reason: db.tableInPlace(v.Name, s.engine)})
		case s.comment != v.Comment:
			out = append(out, ViewFault{View: v.Name, Reason: viewDiffers})
		}
	}
	return out, nil
}

// definers says of a user that defines views whether it is gone.
type definers map[string]bool

// definerGone says whether a view cannot be read because its definer is gone, or the definer of a view that it reads. A
// view may be unreadable for other reasons, such as a missing table: those are not its fault, and other checks report
// them.
//
// It asks once for each definer, since most views have the same one, and the server takes long to analyse some of them.
// If a view that reads another one fails, either definer may be gone, so that proves nothing of other views.
func (db *DB) definerGone(ctx context.Context, v migrations.View, definer string, known definers) (bool, error) {
	if gone, ok := known[definer]; ok {
		return gone, nil
	}
	var code int32
	err := db.single(ctx, "reading view "+v.Name, db.config.Timeout, func(ctx context.Context) error {
		err := db.conn.Exec(ctx, v.Probe(db.config.Database))
		if code = codeOf(err); code != 0 {
			return nil
		}
		return err
	})
	gone := code == codeUnknownUser
	if err == nil && (code == 0 || gone && !v.ReadsViews()) {
		known[definer] = gone
	}
	return gone, err
}

// storedViews reads the views of the database, and tables that have the name of a declared view.
func (db *DB) storedViews(ctx context.Context) (map[string]storedView, error) {
	stored := map[string]storedView{}
	_, err := Select(ctx, db, Query{
		Doing: "reading the views", SQL: statements.Text("stored_views", nil), Raw: true,
		Values: Values{"database": db.config.Database, "names": viewNames()},
	}, func(scan func(...any) error) (struct{}, error) {
		var name string
		var s storedView
		var form *string
		err := scan(&name, &s.engine, &s.definer, &s.comment, &form)
		if form != nil {
			s.form = *form
		}
		stored[name] = s
		return struct{}{}, err
	})
	return stored, err
}

// viewNames are the names of the declared views.
func viewNames() (names []string) {
	for _, v := range migrations.Views() {
		names = append(names, v.Name)
	}
	return names
}

// declaredForms returns how the server formats each declaration, with the definer that the stored view has.
func (db *DB) declaredForms(ctx context.Context, stored map[string]storedView) (map[string]string, error) {
	type declaration struct{ Name, Statement string }
	var declared []declaration
	for _, v := range migrations.Views() {
		create := v.Create(db.config.Database, stored[v.Name].definer)
		declared = append(declared, declaration{v.Name, strings.Replace(create, "CREATE OR REPLACE", "CREATE", 1)})
	}
	forms := map[string]string{}
	_, err := Select(ctx, db, Query{
		Doing: "reading the declarations of the views", SQL: statements.Text("declared_forms", declared), Raw: true,
	}, func(scan func(...any) error) (struct{}, error) {
		var name, form string
		err := scan(&name, &form)
		forms[name] = form
		return struct{}{}, err
	})
	return forms, err
}

// declareViews makes anew each view that is not as declared, and drops views of this program that are not declared any
// more. It keeps a definer that somebody else has set: an administrator may have chosen a user with fewer rights.
func (db *DB) declareViews(ctx context.Context) error {
	stored, err := db.storedViews(ctx)
	if err != nil {
		return err
	}
	forms, err := db.declaredForms(ctx, stored)
	if err != nil {
		return err
	}
	known := definers{}
	for _, v := range migrations.Views() { // in this order: a view comes after those that it reads
		reason, err := db.viewFault(ctx, v, stored, forms[v.Name], known)
		if err != nil {
			return err
		}
		switch s := stored[v.Name]; reason {
		case "":
		case viewMissing, viewNoDefiner:
			err = db.makeView(ctx, v, "")
		case viewDiffers:
			var gone bool
			if gone, err = db.definerGone(ctx, v, s.definer, known); gone {
				s.definer = ""
			}
			if err == nil {
				err = db.makeView(ctx, v, s.definer)
			}
		default:
			err = flow.Fail(flow.Warehouse, "view %s of database %s %s: run mnaflow migrate again",
				v.Name, db.config.Database, reason)
		}
		if err != nil {
			return err
		}
		delete(stored, v.Name)
	}
	for name, s := range stored {
		if !s.ours() {
			continue
		}
		doing := "dropping view " + flow.Foreign(name, mostText)
		if err := db.exec(ctx, doing, migrations.Drop(db.config.Database, name)); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) makeView(ctx context.Context, v migrations.View, definer string) error {
	return db.exec(ctx, "making view "+v.Name, v.Create(db.config.Database, definer))
}

// exec runs a statement as it stands.
func (db *DB) exec(ctx context.Context, doing, statement string) error {
	return db.single(ctx, doing, db.config.Timeout, func(ctx context.Context) error {
		return db.conn.Exec(ctx, statement)
	})
}

// missingDatabase says whether the user sees no database of that name.
func (db *DB) missingDatabase(ctx context.Context, database string) (bool, error) {
	found, err := Select(ctx, db, Query{
		Doing: "looking for the database", SQL: "SELECT count() FROM system.databases WHERE name = {name:String}",
		Values: Values{"name": database},
	}, func(scan func(...any) error) (n uint64, err error) { return n, scan(&n) })
	return len(found) == 1 && found[0] == 0, err
}
