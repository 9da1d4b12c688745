/* SPDX-License-Identifier: Apache-2.0 */
/* From GVariant text to a message. */
#include <string.h>

#include "base/arena.h"
#include "cgroup/variant.h"
#include "helpers/systemd/bus.h"

static int append(sd_bus_message *m, const struct variant *v);

/* contents: what the container holds, as sd-bus wants it said. */
static int append_container(sd_bus_message *m, const struct variant *v, char kind,
			    const char *contents)
{
	int ret = sd_bus_message_open_container(m, kind, contents);

	for (size_t i = 0; ret >= 0 && i < v->n; i++)
		ret = append(m, v->items[i]);
	return ret < 0 ? ret : sd_bus_message_close_container(m);
}

/* "(ss)" without its brackets. */
static int append_struct(sd_bus_message *m, const struct variant *v, char kind)
{
	struct arena a = { 0 };
	const char *inner = arena_ndup(&a, v->type + 1, strlen(v->type) - 2);
	int ret = append_container(m, v, kind, inner);

	arena_free(&a);
	return ret;
}

/* sd-bus takes each from memory of its own size. */
static int append_number(sd_bus_message *m, char type, uint64_t number)
{
	const uint8_t y = (uint8_t)number;
	const uint16_t q = (uint16_t)number;
	const uint32_t u = (uint32_t)number;

	switch (type) {
	case 'y':
		return sd_bus_message_append_basic(m, type, &y);
	case 'n':
	case 'q':
		return sd_bus_message_append_basic(m, type, &q);
	case 'b':
	case 'i':
	case 'u':
		return sd_bus_message_append_basic(m, type, &u);
	default:
		return sd_bus_message_append_basic(m, type, &number);
	}
}

static int append(sd_bus_message *m, const struct variant *v)
{
	switch (*v->type) {
	case 's':
	case 'o':
	case 'g':
		return sd_bus_message_append_basic(m, *v->type, v->text);
	case 'd':
		return sd_bus_message_append_basic(m, 'd', &v->real);
	case 'a':
		return append_container(m, v, SD_BUS_TYPE_ARRAY, v->type + 1);
	case 'v':
		return append_container(m, v, SD_BUS_TYPE_VARIANT, v->items[0]->type);
	case '(':
		return append_struct(m, v, SD_BUS_TYPE_STRUCT);
	case '{':
		return append_struct(m, v, SD_BUS_TYPE_DICT_ENTRY);
	default:
		return append_number(m, *v->type, v->number);
	}
}

static int append_property(sd_bus_message *m, const struct unit_property *p, struct err *e)
{
	struct arena a = { 0 };
	const struct variant *v = variant_parse(p->value, &a, e);
	int ret = -1;

	if (!v) {
		err_in(e, "property %s", p->name);
	} else {
		if ((ret = sd_bus_message_open_container(m, 'r', "sv")) >= 0 &&
		    (ret = sd_bus_message_append(m, "s", p->name)) >= 0 &&
		    (ret = sd_bus_message_open_container(m, 'v', v->type)) >= 0 &&
		    (ret = append(m, v)) >= 0 &&
		    (ret = sd_bus_message_close_container(m)) >= 0)
			ret = sd_bus_message_close_container(m);
		if (ret < 0)
			err_set(e, "property %s: %s cannot be sent: %s", p->name,
				p->value, err_word(-ret));
	}
	arena_free(&a);
	return ret < 0 ? -1 : 0;
}

int bus_append_properties(sd_bus_message *m, struct unit_properties all,
			  unsigned int version, size_t *n, struct err *e)
{
	*n = 0;
	if (sd_bus_message_open_container(m, 'a', "(sv)") < 0)
		return err_set(e, "cannot send properties");
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].since > version)
			continue;
		if (append_property(m, &all.v[i], e) < 0)
			return -1;
		++*n;
	}
	if (sd_bus_message_close_container(m) < 0)
		return err_set(e, "cannot send properties");
	return 0;
}
