/** The board on which cards go into a table, alone: most sheets have one sort of board. boards.js has them all. */
import "./boards/matrix.js";
