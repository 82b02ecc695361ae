/** The board on which cards are placed, alone: most sheets have one sort of board. boards.js has them all. */
import "./boards/placement.js";
