"""Courses as their authors write them: load a folder, say what is wrong with it and where, lay it out."""
