"""One small route file of each format."""

from typing import Any

VRPLIB = """NAME : small
TYPE : CVRPTW
DIMENSION : 3
VEHICLES : 1
CAPACITY : 10
SERVICE_TIME : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 3 4
DEMAND_SECTION
1 0
2 4
3 7
TIME_WINDOW_SECTION
1 0 50
2 3 9.5
3 0 40
PRIZE_SECTION
1 0
2 0
3 6
DEPOT_SECTION
1
-1
EOF
"""

EXPLICIT = """NAME: matrix
TYPE: ACVRP
DIMENSION: 3
CAPACITY: 10
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 2
3 0 4
5 6 0
DEMAND_SECTION
1 0
2 4
3 7
DEPOT_SECTION
1
-1
EOF
"""

SOLOMON = """R1

VEHICLE
NUMBER     CAPACITY
  25         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       230          0
    1      1         1         10        161       171         10
    2      3         4          7         50        60         10
"""

JSON: dict[str, Any] = {
    "visits": [
        {
            "id": "boiler",
            "location": 1,
            "windows": [[0, 60], [90, 120]],
            "duration": 30,
            "durations": {"ann": 20},
            "skills": {"gas": 3},
            "late_by": 5,
            "priority": 2,
            "preferred": ["ann"],
            "excluded": ["bo"],
        },
        {
            "id": 7,
            "location": 2,
            "windows": [[0, 600]],
            "crew": [{"duration": 10, "technician": "ann"}, {"duration": 15}],
            "gap": [0, 5],
            "value": 900,
            "load": 3,
            "start": 100,
            "after": "boiler",
        },
    ],
    "technicians": [
        {
            "id": "ann",
            "skills": {"gas": 4},
            "shifts": [
                {
                    "start": 0,
                    "end": 900,
                    "origin": 0,
                    "destination": 0,
                    "breaks": [{"earliest": 200, "latest": 300, "duration": 30}],
                    "load_cap": 9,
                    "overtime": 60,
                }
            ],
            "overtime_price": 2,
            "travel_percent": 80,
        },
        {"id": "bo", "shifts": [{"start": 0, "end": 900, "origin": 2}]},
    ],
    "travel_times": [[0, 5, 9], [5, 0, 6], [9, 6, 0]],
    "distances": [[0, 50, 90], [50, 0, 60], [90, 60, 0]],
    "weights": {"distance": 3, "lateness": 4},
}
