# SPDX-License-Identifier: Apache-2.0
# C as lines that grep can judge, one FILE:LINE:… for each
#   call NAME(ARGUMENTS)   every call, on one line, comments gone
#   string "TEXT"          every string
#   code STATEMENT         every statement, its strings empty
#   if CONDITION           every line of the preprocessor
# Not a parser: enough for source files that clang-format has laid out.

function flush_statement() {
	gsub(/[ \t]+/, " ", statement)
	if (statement ~ /[^ ]/)
		print file ":" from ":code " statement
	statement = ""
}

# The same length, with nothing but blanks in its strings.
function without_strings(text,    out, i, c, quote) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (quote && c == "\\") { out = out "  "; i++; continue }
		if (c == "\"") quote = !quote
		else if (quote) c = " "
		out = out c
	}
	return out
}

# Every NAME( … ) in the text of one statement; strings are there in full.
function calls(text, line,    code, at, name, i, c, depth, before) {
	code = without_strings(text)
	at = 1
	while (match(substr(code, at), /[A-Za-z_][A-Za-z0-9_]*[ ]?\(/)) {
		i = at + RSTART - 1
		name = substr(code, i, RLENGTH)
		sub(/[ ]?\($/, "", name)
		before = i > 1 ? substr(text, i - 1, 1) : " "
		at = i + RLENGTH
		if (before ~ /[A-Za-z0-9_"]/ || before == "." ||
		    (i > 2 && substr(text, i - 2, 2) == "->"))
			continue
		depth = 1
		for (i = at; i <= length(code) && depth > 0; i++) {
			c = substr(code, i, 1)
			if (c == "(") depth++
			if (c == ")") depth--
		}
		print file ":" line ":call " name "(" substr(text, at, i - at)
	}
}

function end_statement() {
	gsub(/[ \t]+/, " ", full)
	calls(full, from)
	full = ""
	flush_statement()
	depth_now = 0
	begun = 0
}

FNR == 1 {
	if (file != "") end_statement()
	file = FILENAME
	comment = 0
	directive = 0
	depth_now = 0
}

{
	line = $0
	if (!comment && (directive || line ~ /^[ \t]*#/)) {
		directive = line ~ /\\$/
		if (line !~ /^[ \t]*#[ \t]*define/ && !defining) {
			print file ":" FNR ":if " line
			next
		}
		# the body of a macro is code like any other
		defining = directive
		sub(/^[ \t]*#[ \t]*define[ \t]+[A-Za-z_0-9]+(\([^)]*\))?/, "", line)
		sub(/\\$/, "", line)
		macro_ends = !directive
	} else
		macro_ends = 0
	i = 1
	n = length(line)
	while (i <= n) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (comment) {
			if (two == "*/") { comment = 0; i++ }
			i++
			continue
		}
		if (two == "/*") { comment = 1; i += 2; continue }
		if (two == "//") break
		if (!begun) {
			if (c == " " || c == "\t") { i++; continue }
			from = FNR
			begun = 1
		}
		if (c == "\"") {
			for (j = i + 1; j <= n; j++) {
				d = substr(line, j, 1)
				if (d == "\\") { j++; continue }
				if (d == "\"") break
			}
			print file ":" FNR ":string " substr(line, i, j - i + 1)
			full = full substr(line, i, j - i + 1)
			statement = statement "\"\""
			i = j + 1
			continue
		}
		if (c == "'") {
			j = substr(line, i + 1, 1) == "\\" ? i + 3 : i + 2
			if (substr(line, i + 1, 2) == "\\x") j = index(substr(line, i + 1), "'") + i
			full = full "' '"
			statement = statement "' '"
			i = j + 1
			continue
		}
		statement = statement c
		full = full c
		if (c == "(") depth_now++
		if (c == ")") depth_now--
		if (depth_now <= 0 && (c == ";" || c == "{" || c == "}")) end_statement()
		i++
	}
	if (begun) {
		statement = statement " "
		full = full " "
	}
	if (macro_ends) end_statement()
}

END { end_statement() }
