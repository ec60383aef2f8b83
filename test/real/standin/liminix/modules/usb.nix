{
  kernel.config = {
    USB = "y";
    USB_COMMON = "y";
  };
}
