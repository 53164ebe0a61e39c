"""The systems compared, behind one seam."""
