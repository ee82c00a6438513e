"""The biped of Box2D, many at a time: bodies, joints, contacts, lidar and policy, on a CPU or on a GPU."""
