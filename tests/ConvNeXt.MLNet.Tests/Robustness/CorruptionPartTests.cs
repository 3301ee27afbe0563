using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.MLNet.Robustness.Corruptions;

namespace ConvNeXt.Tests.Robustness;

/// <summary>The operations that corruptions consist of, on cases small enough to work out by hand.</summary>
[TestClass]
public sealed class CorruptionPartTests
{
    [TestMethod]
    public void Borders_AreMirroredAsTheirNamesSay()
    {
        CollectionAssert.AreEqual(new[] { 2, 1, 0, 1, 2, 1, 0 }, Enumerable.Range(-2, 7).Select(i => Border.Mirror(i, 3)).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0, 0, 1, 2, 2, 1 }, Enumerable.Range(-2, 7).Select(i => Border.Reflect(i, 3)).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 0, 0, 1, 2, 2, 2 }, Enumerable.Range(-2, 7).Select(i => Border.Nearest(i, 3)).ToArray());
        for (double position = -7; position < 9; position++) Assert.AreEqual(Border.Reflect((int)position, 3), Border.Reflect(position, 3));
        Assert.AreEqual(0.75, Border.Reflect(-1.75, 3), 1e-12);
        Assert.AreEqual(0, Border.Mirror(-5, 1));
    }

    [TestMethod]
    public void GaussianFilter_OfOnePixel_IsTheKernel()
    {
        Plane point = Point(21, 10, 10), blurred = GaussianFilter.Apply(point, 1.5);
        double sum = Enumerable.Range(-6, 13).Sum(i => Math.Exp(-i * i / 4.5));
        Assert.AreEqual(1 / (sum * sum), blurred[10, 10], 1e-6);
        Assert.AreEqual(Math.Exp(-9 / 4.5) / (sum * sum), blurred[13, 10], 1e-6);
        Assert.AreEqual(0, blurred[17, 10], "four standard deviations are 6 pixels");
        Assert.AreEqual(1, blurred.Values.Sum(), 1e-5);
    }

    [TestMethod]
    public void MotionFilter_TakesFromTheDirection_LessFromFarther()
    {
        Plane right = MotionFilter.Apply(Point(21, 10, 10), radius: 3, deviation: 2, degrees: 0), down = MotionFilter.Apply(Point(21, 10, 10), 3, 2, 90);
        double sum = Enumerable.Range(0, 7).Sum(i => Math.Exp(-i * i / 8.0));
        for (int i = 0; i < 7; i++)
        {
            Assert.AreEqual(Math.Exp(-i * i / 8.0) / sum, right[10 - i, 10], 1e-6);
            Assert.AreEqual(Math.Exp(-i * i / 8.0) / sum, down[10, 10 - i], 1e-6);
        }
        Assert.AreEqual(0, right[11, 10]);
        Assert.AreEqual(1, right.Values.Sum(), 1e-5);
    }

    [TestMethod]
    public void Zoom_By1_IsTheSame_By2_ShowsTheCenter()
    {
        var ramp = new Plane(9, 9);
        for (int y = 0; y < 9; y++)
            for (int x = 0; x < 9; x++) ramp[x, y] = x;
        CollectionAssert.AreEqual(ramp.Values, ramp.Zoom(1).Values);
        Plane zoomed = ramp.Zoom(2);

        // Five columns, 2 to 6, become ten, of which the first nine are shown.
        for (int x = 0; x < 9; x++) Assert.AreEqual(2 + (x * 4.0 / 9), zoomed[x, 4], 1e-5);
    }

    [TestMethod]
    public void PlasmaFractal_FillsTheWholeRange_AndIsSmootherWithMoreDecay()
    {
        var random = new CounterRandom(1, RandomPurpose.Corruption, 0, 0);
        Plane rough = PlasmaFractal.Create(64, 1.2, ref random), smooth = PlasmaFractal.Create(64, 3, ref random);
        foreach (Plane plane in (Plane[])[rough, smooth])
        {
            Assert.AreEqual(0, plane.Values.Min());
            Assert.AreEqual(1, plane.Values.Max());
        }
        Assert.IsLessThan(Roughness(rough), 3 * Roughness(smooth));

        static double Roughness(Plane plane) => Enumerable.Range(1, plane.Values.Length - 1).Average(i => Math.Abs(plane.Values[i] - plane.Values[i - 1]));
    }

    [TestMethod]
    public void Edges_OfABrightSquare_AreItsOutline_AndDistancesAreChamferLengths()
    {
        var square = new Plane(20, 20);
        for (int y = 5; y < 15; y++)
            for (int x = 5; x < 15; x++) square[x, y] = 200;
        bool[] edges = EdgeDistance.FindEdges(square, 50, 150);
        Assert.IsTrue(edges[(10 * 20) + 4] || edges[(10 * 20) + 5], "left side");
        Assert.IsFalse(edges[(10 * 20) + 10], "middle");
        Assert.IsFalse(edges[0], "outside");
        Assert.AreEqual(1, Enumerable.Range(0, 10).Count(x => edges[(10 * 20) + x]), "an edge is one pixel wide");

        bool[] one = new bool[49];
        one[(3 * 7) + 3] = true;
        Plane distance = EdgeDistance.ToEdges(one, 7, 7);
        Assert.AreEqual(0f, distance[3, 3]);
        Assert.AreEqual(1f, distance[4, 3]);
        Assert.AreEqual(1.4f, distance[2, 2], 1e-6f);
        Assert.AreEqual(2.1969f, distance[5, 4], 1e-6f);
        Assert.AreEqual(3f, distance[3, 0], 1e-6f);
    }

    [TestMethod]
    public void Equalize_SpreadsValuesByRank()
    {
        var plane = new Plane(4, 1);
        (plane[0, 0], plane[1, 0], plane[2, 0], plane[3, 0]) = (10, 20, 20, 30);
        CollectionAssert.AreEqual(new float[] { 0, 170, 170, 255 }, EdgeDistance.Equalize(plane).Values);
        CollectionAssert.AreEqual(new float[] { 7, 7 }, EdgeDistance.Equalize(new Plane(2, 1).Map(_ => 7)).Values);
    }

    [TestMethod]
    public void Warp_WithoutShift_IsTheIdentity()
    {
        var random = new CounterRandom(1, RandomPurpose.Corruption, 0, 0);
        Warp warp = Warp.Draw(30, 20, shift: 0, ref random);
        Plane ramp = new(30, 20);
        for (int i = 0; i < ramp.Values.Length; i++) ramp.Values[i] = i;
        for (int y = 0; y < 20; y++)
            for (int x = 0; x < 30; x++) Assert.AreEqual(ramp[x, y], warp.Sample(ramp, x, y), 1e-3);
    }

    private static Plane Point(int side, int x, int y)
    {
        var plane = new Plane(side, side);
        plane[x, y] = 1;
        return plane;
    }
}
