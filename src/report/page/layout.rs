//! Where the nodes of a graph stand when it is drawn in layers, after Sugiyama, Tagawa and Toda (1981).
//!
//! A caller stands left of whom it calls: its layer is the length of the longest way to it. A long edge passes through the
//! layers between by points of its own. Within a layer those stand near each other who have the same neighbours (the
//! barycentre method); heights are then those nearest to the neighbours' that keep the distance (isotonic regression).

use crate::mechanism::arrange::Arrange;

/// A graph: how high each node is, and the edges as pairs of nodes.
pub(super) struct Graph {
    pub(super) heights: Vec<f64>,
    pub(super) edges: Vec<(usize, usize)>,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Spot {
    /// Which column, from 0.
    pub(super) layer: usize,
    /// The middle of its height.
    pub(super) y: f64,
}

/// Where everything stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Layout {
    /// By node.
    pub(super) spots: Vec<Spot>,
    /// By edge: the points through which it passes between its ends, from its left end to its right.
    pub(super) bends: Vec<Vec<Spot>>,
    /// The number of layers.
    pub(super) layers: usize,
    /// The height of it all.
    pub(super) height: f64,
}

/// Between two nodes of a layer.
const GAP: f64 = 22.0;

/// The height of the point at which an edge passes a layer.
const BEND: f64 = 10.0;

/// How often the order and the heights are improved; more change little.
const SWEEPS: usize = 12;

impl Graph {
    /// Where everything stands: a function of the graph alone.
    pub(super) fn layout(&self) -> Layout {
        let forward = self.without_cycles();
        let layer_of = longest_ways(self.heights.len(), &forward);
        let mut grid = Grid::new(self, &forward, &layer_of);
        grid.order();
        grid.settle();
        let top = grid.layers.iter().flatten().map(|&cell| grid.y[cell] - grid.heights[cell] / 2.0);
        let top = top.fold(f64::INFINITY, f64::min);
        let bottom = grid.layers.iter().flatten().map(|&cell| grid.y[cell] + grid.heights[cell] / 2.0);
        let bottom = bottom.fold(f64::NEG_INFINITY, f64::max);
        let spot = |cell: usize| Spot { layer: grid.layer_of[cell], y: grid.y[cell] - top };
        Layout {
            spots: (0..self.heights.len()).map(spot).collect(),
            bends: grid.bends.iter().map(|cells| cells.iter().copied().map(spot).collect()).collect(),
            layers: grid.layers.len(),
            height: (bottom - top).max(0.0),
        }
    }

    /// The edges from left to right: those that close a cycle are turned around.
    fn without_cycles(&self) -> Vec<(usize, usize)> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut state = vec![State::New; self.heights.len()];
        let mut forward = self.edges.clone();
        // Those nobody calls come first.
        let is_called = |node: usize| self.edges.iter().any(|edge| edge.1 == node && edge.0 != node);
        let (called, roots): (Vec<usize>, Vec<usize>) =
            (0..self.heights.len()).partition(|node| is_called(*node));
        for root in roots.into_iter().chain(called) {
            // The way from the root: a node and the next of the edges to look at.
            let mut way = vec![(root, 0)];
            while let Some((node, next)) = way.last_mut() {
                let node = *node;
                state[node] = if state[node] == State::New { State::Open } else { state[node] };
                if state[node] == State::Done {
                    way.pop();
                    continue;
                }
                match (*next..self.edges.len()).find(|index| self.edges[*index].0 == node) {
                    None => {
                        state[node] = State::Done;
                        way.pop();
                    }
                    Some(index) => {
                        *next = index + 1;
                        let (from, to) = self.edges[index];
                        match state[to] {
                            State::Open => forward[index] = (to, from),
                            State::New => way.push((to, 0)),
                            State::Done => {}
                        }
                    }
                }
            }
        }
        forward
    }
}

/// The layer of each node. Edges have no cycles, but for those from a node to itself.
fn longest_ways(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0; nodes];
    for _ in 0..nodes {
        for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
            layer[to] = layer[to].max(layer[from] + 1);
        }
    }
    layer
}

/// Nodes and the points of long edges, all of them cells.
struct Grid {
    heights: Vec<f64>,
    layer_of: Vec<usize>,
    /// The cells of each layer from top to bottom.
    layers: Vec<Vec<usize>>,
    /// The cells that stand beside each other in neighbouring layers.
    links: Vec<(usize, usize)>,
    /// By edge.
    bends: Vec<Vec<usize>>,
    y: Vec<f64>,
}

impl Grid {
    fn new(graph: &Graph, forward: &[(usize, usize)], layer_of: &[usize]) -> Grid {
        let mut heights = graph.heights.clone();
        let mut layer_of = layer_of.to_vec();
        let (mut links, mut bends) = (Vec::new(), Vec::new());
        for &(from, to) in forward {
            let mut cells = Vec::new();
            let mut last = from;
            for layer in layer_of[from] + 1..layer_of[to].max(layer_of[from] + 1) {
                heights.push(BEND);
                layer_of.push(layer);
                let cell = heights.len() - 1;
                links.push((last, cell));
                cells.push(cell);
                last = cell;
            }
            if from != to {
                links.push((last, to));
            }
            bends.push(cells);
        }
        let count = layer_of.iter().max().map_or(0, |most| most + 1);
        let layers =
            (0..count).map(|layer| (0..heights.len()).filter(|cell| layer_of[*cell] == layer).collect());
        Grid { y: vec![0.0; heights.len()], layers: layers.collect(), heights, layer_of, links, bends }
    }

    /// The cells beside a cell, to the left or to the right.
    fn beside(&self, cell: usize, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.links.iter().filter_map(move |&(left, right)| match side {
            Side::Left => (right == cell).then_some(left),
            Side::Right => (left == cell).then_some(right),
        })
    }

    /// Orders the cells of each layer such that few links cross.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let side = if sweep % 2 == 0 { Side::Left } else { Side::Right };
            let mut order: Vec<usize> = (0..self.layers.len()).collect();
            if side == Side::Right {
                order.reverse();
            }
            for layer in order {
                let place = self.places();
                let mut cells = std::mem::take(&mut self.layers[layer]);
                // Who has no neighbour on this side stays about where it is.
                cells.arrange_by(|one, other| {
                    let key = |cell: usize| {
                        mean(self.beside(cell, side).map(|other| place[other])).unwrap_or(place[cell])
                    };
                    key(*one).total_cmp(&key(*other))
                });
                self.layers[layer] = cells;
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// The place of each cell within its layer, from 0 to 1.
    fn places(&self) -> Vec<f64> {
        let mut place = vec![0.0; self.heights.len()];
        for cells in &self.layers {
            for (index, cell) in cells.iter().enumerate() {
                place[*cell] = (index as f64 + 0.5) / cells.len() as f64;
            }
        }
        place
    }

    fn crossings(&self) -> usize {
        let place = self.places();
        let pairs = self
            .links
            .iter()
            .enumerate()
            .flat_map(|(index, one)| self.links[..index].iter().map(move |other| (one, other)));
        let cross = |(one, other): &(&(usize, usize), &(usize, usize))| {
            self.layer_of[one.0] == self.layer_of[other.0]
                && (place[one.0] - place[other.0]) * (place[one.1] - place[other.1]) < 0.0
        };
        pairs.filter(cross).count()
    }

    /// Finds the heights.
    fn settle(&mut self) {
        for layer in 0..self.layers.len() {
            let wanted = vec![0.0; self.layers[layer].len()];
            self.place(layer, &wanted);
        }
        for sweep in 0..SWEEPS {
            let sides: &[Side] = match sweep % 3 {
                0 => &[Side::Left],
                1 => &[Side::Right],
                _ => &[Side::Left, Side::Right],
            };
            for layer in 0..self.layers.len() {
                let grid = &*self;
                let wanted = grid.layers[layer].iter().map(|&cell| {
                    let beside = sides.iter().flat_map(|side| grid.beside(cell, *side));
                    mean(beside.map(|other| grid.y[other])).unwrap_or(grid.y[cell])
                });
                let wanted: Vec<f64> = wanted.collect();
                self.place(layer, &wanted);
            }
        }
    }

    /// Places the cells of a layer as near as they can be to where they want to be.
    fn place(&mut self, layer: usize, wanted: &[f64]) {
        let cells = &self.layers[layer];
        // How far each must at least be below the first one.
        let mut offset = vec![0.0; cells.len()];
        for index in 1..cells.len() {
            let apart = (self.heights[cells[index - 1]] + self.heights[cells[index]]) / 2.0 + GAP;
            offset[index] = offset[index - 1] + apart;
        }
        let free: Vec<f64> = wanted.iter().zip(&offset).map(|(wanted, offset)| wanted - offset).collect();
        for ((cell, y), offset) in cells.iter().zip(ascending(&free)).zip(offset) {
            self.y[*cell] = y + offset;
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The ascending values with the least squared distance from these: neighbours in the wrong order share their mean.
fn ascending(values: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in values {
        let mut block = (*value, 1);
        while let Some((before, count)) = blocks.last().copied().filter(|(before, _)| *before > block.0) {
            let total = before * count as f64 + block.0 * block.1 as f64;
            block = (total / (count + block.1) as f64, count + block.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(nodes: usize, edges: &[(usize, usize)]) -> Layout {
        Graph {
            heights: (0..nodes).map(|node| 50.0 + 10.0 * (node % 3) as f64).collect(),
            edges: edges.to_vec(),
        }
        .layout()
    }

    fn layers(layout: &Layout) -> Vec<usize> {
        layout.spots.iter().map(|spot| spot.layer).collect()
    }

    #[test]
    fn callers_stand_left_of_whom_they_call() {
        for (nodes, edges, expected) in [
            (0, &[][..], vec![]),
            (1, &[(0, 0)], vec![0]),
            (3, &[(0, 1), (1, 2)], vec![0, 1, 2]),
            // The longest way counts.
            (3, &[(0, 1), (1, 2), (0, 2)], vec![0, 1, 2]),
            // A cycle is cut where it comes back to a node on the way.
            (3, &[(0, 1), (1, 2), (2, 1)], vec![0, 1, 2]),
            (2, &[(0, 1), (1, 0)], vec![0, 1]),
        ] {
            assert_eq!(layers(&layout(nodes, edges)), expected, "{edges:?}");
        }
    }

    #[test]
    fn long_edges_bend_in_every_layer_between() {
        let layout = layout(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]);
        assert_eq!(layout.bends[3].iter().map(|spot| spot.layer).collect::<Vec<_>>(), [1, 2]);
        assert!(layout.bends[..3].iter().all(Vec::is_empty));
    }

    #[test]
    fn nothing_overlaps_and_equal_graphs_look_alike() {
        let mut state = 7_u64;
        let mut draw = |bound: usize| {
            state = crate::mechanism::hash::mix13(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            (state % bound as u64) as usize
        };
        for _ in 0..300 {
            let nodes = 1 + draw(20);
            let edges: Vec<(usize, usize)> = (0..draw(40)).map(|_| (draw(nodes), draw(nodes))).collect();
            let layout_one = layout(nodes, &edges);
            assert_eq!(layout_one, layout(nodes, &edges));
            let height = |node: usize| 50.0 + 10.0 * (node % 3) as f64;
            for (node, spot) in layout_one.spots.iter().enumerate() {
                assert!(spot.y - height(node) / 2.0 >= -1e-6, "{edges:?}");
                assert!(spot.y + height(node) / 2.0 <= layout_one.height + 1e-6, "{edges:?}");
                for (other, at) in layout_one.spots.iter().enumerate().take(node) {
                    let apart = (spot.y - at.y).abs() - (height(node) + height(other)) / 2.0;
                    assert!(spot.layer != at.layer || apart >= GAP - 1e-6, "{node} and {other}: {edges:?}");
                }
                for bend in layout_one.bends.iter().flatten().filter(|bend| bend.layer == spot.layer) {
                    let apart = (spot.y - bend.y).abs() - (height(node) + BEND) / 2.0;
                    assert!(apart >= GAP - 1e-6, "an edge through {node}: {edges:?}");
                }
            }
        }
    }

    #[test]
    fn a_ladder_of_two_rows_does_not_cross() {
        // 0 calls 3 and 1 calls 2; whichever order the names have, the lines need not cross.
        let layout = layout(4, &[(0, 3), (1, 2)]);
        let above = |one: usize, other: usize| layout.spots[one].y < layout.spots[other].y;
        assert_eq!(above(0, 1), above(3, 2));
    }

    #[test]
    fn the_nearest_ascending_values() {
        for (values, expected) in [
            (vec![], vec![]),
            (vec![1.0, 2.0], vec![1.0, 2.0]),
            (vec![3.0, 1.0], vec![2.0, 2.0]),
            (vec![4.0, 5.0, 0.0], vec![3.0, 3.0, 3.0]),
        ] {
            assert_eq!(ascending(&values), expected);
        }
    }
}
