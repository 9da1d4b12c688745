/* SPDX-License-Identifier: Apache-2.0 */
/* A tap: needs /dev/net/tun, which some machines keep to root. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/own.h"
#include "helpers/net/ends.h"
#include "helpers/net/links.h"
#include "kernel/rtnl.h"

int tap_make(const struct settings *s, int rtnl, struct err *e)
{
	/* the opener's network namespace is that of the device */
	OWN_FD fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	const struct link_change change = { .mtu = s->mtu, .mac = s->mac };
	int head = sizeof(struct virtio_net_hdr);
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	int index;

	if (fd < 0)
		return err_sys(e, "%s", "/dev/net/tun");
	memcpy(r.ifr_name, s->ifname, strlen(s->ifname));
	if (ioctl(fd, TUNSETIFF, &r) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &head) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, offloads) < 0)
		return err_sys(e, "%s", "/dev/net/tun");
	index = rtnl_link_index(rtnl, s->ifname);
	if (index < 0 || link_change(rtnl, index, &change) < 0)
		return err_sys(e, "set up %s", s->ifname);
	return fd_take(&fd);
}
