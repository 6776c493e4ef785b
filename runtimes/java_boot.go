package runtimes

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/jimage"
)

// When a Java runtime is made, the descriptions of its modules are compiled into classes
// of java.base, by which it starts. With some modules gone they are wrong. A table of these
// classes that is empty, as that of a runtime for which none were made, has it read each
// module's own module-info.class (JDK's jdk.internal.module.SystemModuleFinders).
const (
	bootTable   = "/java.base/jdk/internal/module/SystemModulesMap.class"
	bootClasses = "/java.base/jdk/internal/module/SystemModules$"
)

// bootMethods are the methods of the table, the constructor aside.
var bootMethods = []string{
	"allSystemModules()Ljdk/internal/module/SystemModules;",
	"classNames()[Ljava/lang/String;",
	"defaultSystemModules()Ljdk/internal/module/SystemModules;",
	"moduleNames()[Ljava/lang/String;",
}

// bootReplacements are the resources that are others in a subset of an image. The error is
// a javaWhole for a runtime that starts in another way.
func bootReplacements(image *jimage.Image) (map[string][]byte, error) {
	unknown := cannotTrim("it starts in a way that is not known", "leave out modules, or have jlink make a runtime in a stage")
	if !image.Has(bootTable) {
		return nil, unknown
	}
	data, err := image.Read(bootTable)
	if err != nil {
		return nil, err
	}
	table, err := classfile.Parse(data)
	if err != nil {
		return nil, err
	}
	methods := slices.DeleteFunc(slices.Clone(table.Methods), func(m string) bool { return m == "<init>()V" })
	slices.Sort(methods)
	if !slices.Equal(methods, bootMethods) {
		return nil, unknown
	}
	out := map[string][]byte{bootTable: emptyBootTable(table.Major)}
	for _, name := range image.Names() {
		if strings.HasPrefix(name, bootClasses) {
			out[name] = nil
		}
	}
	return out, nil
}

// emptyBootTable is a class file of the table that knows of no modules.
func emptyBootTable(major uint16) []byte {
	var constants [][]byte
	add := func(kind byte, content ...byte) uint16 {
		constants = append(constants, append([]byte{kind}, content...))
		return uint16(len(constants))
	}
	u2 := func(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
	text := func(s string) uint16 { return add(1, append(u2(uint16(len(s))), s...)...) }
	class := func(name string) uint16 { return add(7, u2(text(name))...) }

	this, super, stringClass := class("jdk/internal/module/SystemModulesMap"), class("java/lang/Object"), class("java/lang/String")
	codeName := text("Code")
	var methods bytes.Buffer
	for _, m := range bootMethods {
		name, descriptor, _ := strings.Cut(m, "(")
		code := []byte{0x01, 0xB0} // aconst_null, areturn
		if strings.HasPrefix(descriptor, ")[") {
			code = append([]byte{0x03, 0xBD}, u2(stringClass)...) // iconst_0, anewarray
			code = append(code, 0xB0)
		}
		attribute := slices.Concat(u2(1), u2(0), u2(0), u2(uint16(len(code))), code, u2(0), u2(0)) // stack, locals
		methods.Write(slices.Concat(u2(0x0008), u2(text(name)), u2(text("("+descriptor)), u2(1),
			u2(codeName), u2(0), u2(uint16(len(attribute))), attribute))
	}
	return slices.Concat([]byte{0xCA, 0xFE, 0xBA, 0xBE}, u2(0), u2(major),
		u2(uint16(len(constants)+1)), slices.Concat(constants...),
		u2(0x0030), u2(this), u2(super), u2(0), u2(0), // final, no interfaces and fields
		u2(uint16(len(bootMethods))), methods.Bytes(), u2(0))
}
