# Read before one of OpenWrt's own makefiles, this prints the kernel packages that the makefile defines, and makes nothing:
#
#     package|NAME|what DEPENDS says|what FILES says
#
# OpenWrt's KernelPackage would turn a package into rules; `override` keeps this one in its place. make itself works out what
# the fields say: loops, conditions, versions.

override define KernelPackage
$(foreach field,FILES DEPENDS,$(eval $(field):=))$(foreach part,$(1) $(1)/$(BOARD) $(1)/$(BOARD)/$(SUBTARGET),$(eval $(call KernelPackage/$(part))))$(info package|kmod-$(1)|$(strip $(DEPENDS))|$(strip $(call version_filter,$(FILES))))
endef

# While OpenWrt collects what there is (DUMP), it compares no versions: to it all hold. Here there is one kernel.
override kernel_version_cmp = $(shell [ $(call kernel_version_merge,$(call split_version,$(2))) $(1) $(call kernel_version_merge,$(call split_version,$(3))) ] && echo 1)

gen-kmod-packages:
	@:
