/** All boards of worksheets: cards that are placed, spread over a table, or put in order. */
import "./boards/placement.js";
import "./boards/matrix.js";
import "./boards/order.js";
