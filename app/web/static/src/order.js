/** The board on which cards are put in order, alone: most sheets have one sort of board. boards.js has them all. */
import "./boards/order.js";
