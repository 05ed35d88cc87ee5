package warehouse

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mnaflow/mnaflow/migrations"
)

// TableFault is a way in which a table is not as the migrations declare it. Repair has the statements that put it
// right; it is empty where none can.
type TableFault struct {
	Table, Reason string
	Repair        []string
}

// TableFaults compares the stored tables with their declarations: type, default, codec and TTL of each column, and
// engine, keys and TTL of the table. The server formats both, so that neither layout nor a newer server makes a
// difference.
//
// Of what somebody has added, that is a fault which changes what is stored or read: a constraint, which refuses rows or
// lets the server take for granted what is not so, and a row policy that hides rows from this user. He may add a
// column, an index, a projection, a comment or a materialized view, and change settings of the table: loads and views
// name their columns, and none of these changes a value. What makes an insert fail says so by itself.
//
// An error is a *flow.Error of class Warehouse, or the context's.
func (db *DB) TableFaults(ctx context.Context) ([]TableFault, error) {
	type form struct {
		stored     bool
		name, text string
	}
	forms, err := Select(ctx, db, Query{
		Doing: "reading the declarations of the tables", SQL: statements.Text("table_forms", migrations.Tables()), Raw: true,
		Values: Values{"database": db.config.Database},
	}, func(scan func(...any) error) (f form, err error) { return f, scan(&f.stored, &f.name, &f.text) })
	if err != nil {
		return nil, err
	}
	stored, declared := map[string]*tableForm{}, map[string]*tableForm{}
	for _, f := range forms {
		into := declared
		if f.stored {
			into = stored
		}
		if into[f.name] == nil {
			into[f.name] = &tableForm{columns: map[string]clauses{}, clauses: clauses{}}
		}
		into[f.name].add(f.text)
	}
	var out []TableFault
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if s := stored[name]; s != nil {
			out = append(out, s.faults(name, db.Qualified(name), declared[name])...)
		}
	}
	policies, err := db.policies(ctx, slices.Sorted(maps.Keys(declared)))
	return append(out, policies...), err
}

// policies lists the row policies that hide rows of tables from this user; none if he may not see policies, since
// nothing else needs that grant.
func (db *DB) policies(ctx context.Context, tables []string) ([]TableFault, error) {
	denied := false
	err := db.single(ctx, "reading the row policies", db.config.Timeout, func(ctx context.Context) error {
		err := db.conn.Exec(ctx, "SELECT count() FROM system.row_policies")
		if denied = codeOf(err) == codeAccessDenied; denied {
			return nil
		}
		return err
	})
	if denied || err != nil {
		return nil, err
	}
	return Select(ctx, db, Query{
		Doing: "reading the row policies", SQL: statements.Text("policies", nil), Raw: true,
		Values: Values{"database": db.config.Database, "tables": tables},
	}, func(scan func(...any) error) (f TableFault, err error) {
		var name, filter string
		err = scan(&f.Table, &name, &filter)
		f.Reason = "has a row policy that hides rows from this program: " + filter
		f.Repair = []string{"DROP ROW POLICY " + migrations.Identifier(name) + " ON " + db.Qualified(f.Table)}
		return f, err
	})
}

// faults compares a stored table with its declaration. A column that is gone is no fault here: loads fail without it.
func (s *tableForm) faults(table, qualified string, declared *tableForm) []TableFault {
	var out []TableFault
	fault := func(reason string, repair ...string) {
		out = append(out, TableFault{Table: table, Reason: reason, Repair: repair})
	}
	alter := "ALTER TABLE " + qualified + " "
	for _, column := range declared.order {
		have, want := s.columns[column], declared.columns[column]
		if have == nil {
			continue
		}
		for _, kind := range columnClauses {
			if have[kind] == want[kind] {
				continue
			}
			modify := alter + "MODIFY COLUMN " + column + " "
			if want[kind] == "" {
				fault(fmt.Sprintf("has a %s for %s that is not declared: %s", kind, column, have[kind]), modify+"REMOVE "+kind)
				continue
			}
			found := have[kind]
			if found == "" {
				found = "none"
			}
			value := kind + " " + want[kind]
			if kind == typeClause {
				value = want[kind]
			}
			fault(fmt.Sprintf("has the %s %s for %s, and %s is declared", kind, found, column, want[kind]), modify+value)
		}
	}
	for _, constraint := range s.constraints {
		name, condition := cutWord(constraint)
		fault("has a constraint that is not declared: "+condition, alter+"DROP CONSTRAINT "+name)
	}
	for _, kind := range tableClauses {
		switch have, want := s.clauses[kind], declared.clauses[kind]; {
		case have == want:
		case kind == "TTL":
			fault("has a TTL that is not declared: "+have, alter+"REMOVE TTL")
		default:
			fault(fmt.Sprintf("has the %s %s, and %s is declared", kind, have, want))
		}
	}
	return out
}
