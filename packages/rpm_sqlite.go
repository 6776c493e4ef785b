package packages

import (
	"encoding/binary"
)

// sqlite reads the table Packages (hnum INTEGER PRIMARY KEY, blob BLOB) of
// rpmdb.sqlite: https://sqlite.org/fileformat2.html.
func (s *store) sqlite(start []byte, yield func([]byte)) error {
	db := &sqlite{store: s, page: int64(binary.BigEndian.Uint16(start[16:]))}
	if db.page == 1 {
		db.page = 65536
	}
	db.usable = db.page - int64(start[20])
	if db.page < 512 || db.page&(db.page-1) != 0 || db.usable < 480 {
		return damaged("pages of %d bytes", db.page)
	}
	var root int64
	err := db.table(1, func(payload []byte) error {
		columns := sqliteRecord(payload)
		if len(columns) >= 4 && string(columns[0].data) == "table" && string(columns[1].data) == "Packages" {
			root = columns[3].number()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if root == 0 {
		return damaged("it has no table Packages")
	}
	return db.table(root, func(payload []byte) error {
		columns := sqliteRecord(payload)
		if len(columns) < 2 || !columns[1].blob {
			return damaged("a row is not a package")
		}
		yield(columns[1].data)
		return nil
	})
}

// sqlite is a database of SQLite 3.
type sqlite struct {
	*store
	page   int64 // size of a page
	usable int64 // without the bytes reserved at its end
}

// The kinds of a page of a table's tree.
const (
	interiorTable = 5
	leafTable     = 13
)

// table calls yield for the rows of a table in order.
func (db *sqlite) table(root int64, yield func(payload []byte) error) error {
	seen := map[int64]bool{}
	todo := []int64{root} // last one first
	for len(todo) > 0 {
		number := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if number < 1 || seen[number] {
			return damaged("page %d is in a table twice", number)
		}
		seen[number] = true
		page, err := db.read((number-1)*db.page, db.page)
		if err != nil {
			return err
		}
		children, err := db.tablePage(page, number, yield)
		if err != nil {
			return err
		}
		if int64(len(todo)+len(children)) > db.size/db.page {
			return damaged("a table has more pages than the file")
		}
		for i := range children {
			todo = append(todo, children[len(children)-1-i])
		}
	}
	return nil
}

// tablePage yields the rows of a leaf and returns the children of another page.
func (db *sqlite) tablePage(page []byte, number int64, yield func([]byte) error) (children []int64, err error) {
	at := 0
	if number == 1 {
		at = 100 // the file's header
	}
	head := page[at:]
	kind, cells := head[0], int(binary.BigEndian.Uint16(head[3:]))
	pointers := at + 8
	if kind == interiorTable {
		pointers += 4
	} else if kind != leafTable {
		return nil, damaged("page %d is no part of a table", number)
	}
	if pointers+2*cells > len(page) {
		return nil, damaged("page %d has %d cells", number, cells)
	}
	for i := range cells {
		cell := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if int64(cell)+4 > db.usable {
			return nil, damaged("page %d has a cell beyond its end", number)
		}
		if kind == interiorTable {
			children = append(children, int64(binary.BigEndian.Uint32(page[cell:])))
			continue
		}
		payload, err := db.payload(page[cell:db.usable])
		if err != nil {
			return nil, err
		}
		if err := yield(payload); err != nil {
			return nil, err
		}
	}
	if kind == interiorTable {
		children = append(children, int64(binary.BigEndian.Uint32(head[8:])))
	}
	return children, nil
}

// payload returns a row's record: what of it is in its cell, and the chain of
// pages that the rest is in.
func (db *sqlite) payload(cell []byte) ([]byte, error) {
	total, n := varint(cell)
	_, m := varint(cell[n:]) // the row's number
	if n == 0 || m == 0 || total < 0 {
		return nil, damaged("a row has no size")
	}
	cell = cell[n+m:]
	if err := db.spend(total); err != nil {
		return nil, err
	}
	local := total
	if most := db.usable - 35; total > most {
		least := (db.usable-12)*32/255 - 23
		local = least + (total-least)%(db.usable-4)
		if local > most {
			local = least
		}
	}
	if local == total && total <= int64(len(cell)) {
		return cell[:total], nil
	}
	if local+4 > int64(len(cell)) {
		return nil, damaged("a row ends beyond its page")
	}
	payload := append([]byte(nil), cell[:local]...)
	next := int64(binary.BigEndian.Uint32(cell[local:]))
	for int64(len(payload)) < total {
		page, err := db.read((next-1)*db.page, db.page)
		if err != nil {
			return nil, err
		}
		rest := min(total-int64(len(payload)), db.usable-4)
		payload = append(payload, page[4:4+rest]...)
		next = int64(binary.BigEndian.Uint32(page))
	}
	return payload, nil
}

// sqliteValue is one column of a row.
type sqliteValue struct {
	data []byte
	blob bool
}

// number reads an integer, which has up to eight bytes.
func (v sqliteValue) number() int64 {
	var n int64
	for _, b := range v.data[:min(len(v.data), 8)] {
		n = n<<8 | int64(b)
	}
	return n
}

// sqliteRecord splits a record into its first columns; a damaged one has fewer.
func sqliteRecord(payload []byte) []sqliteValue {
	size, n := varint(payload)
	if n == 0 || size < int64(n) || size > int64(len(payload)) {
		return nil
	}
	types, body := payload[n:size], payload[size:]
	var columns []sqliteValue
	for len(types) > 0 && len(columns) < 8 {
		kind, n := varint(types)
		if n == 0 {
			return nil
		}
		types = types[n:]
		length := kind
		switch {
		case kind < 0:
			return nil
		case kind == 5:
			length = 6
		case kind == 6 || kind == 7:
			length = 8
		case kind >= 12:
			length = (kind - 12) / 2
		case kind >= 8:
			length = 0 // the numbers 0 and 1, and two kinds that are never stored
		}
		if length > int64(len(body)) {
			return nil
		}
		columns = append(columns, sqliteValue{data: body[:length], blob: kind >= 12 && kind%2 == 0})
		body = body[length:]
	}
	return columns
}

// varint reads a number of one to nine bytes, the most significant first; n is 0
// when there is none.
func varint(b []byte) (v int64, n int) {
	for n < len(b) && n < 8 {
		v = v<<7 | int64(b[n]&0x7f)
		n++
		if b[n-1] < 0x80 {
			return v, n
		}
	}
	if n == 8 && len(b) > 8 {
		return v<<8 | int64(b[8]), 9
	}
	return 0, 0
}
