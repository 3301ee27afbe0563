using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using Microsoft.ML;
using SkiaSharp;

namespace ConvNeXt.Tests.Evaluation;

/// <summary>Heat maps of a trained classifier.</summary>
[TestClass]
public sealed class HeatMapTests
{
    private const int InputSize = 96;

    private static readonly Lazy<ConvNeXtClassificationTransformer> _model = new(Train);

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void WithoutAClass_TheMostLikelyOneIsExplained_AndAFileGivesTheMapOfItsBytes()
    {
        foreach (LabeledImage image in TinyModel.TestSet.Take(3))
        {
            HeatMap map = _model.Value.ComputeHeatMap(image.ImagePath);
            Assert.AreEqual(_model.Value.PredictFiles([image.ImagePath]).Single().Class, map.Class);
            HeatMap same = _model.Value.ComputeHeatMap(File.ReadAllBytes(image.ImagePath), map.Class);
            CollectionAssert.AreEqual(map.Values.ToArray(), same.Values.ToArray());
        }
    }

    [TestMethod]
    public void AnEarlierStage_GivesAFinerMap()
    {
        HeatMap map = _model.Value.ComputeHeatMap(TinyModel.TestSet[0].ImagePath, stage: 1);
        Assert.AreEqual((12, 12), (map.Height, map.Width));
        Assert.IsTrue(map.Values.All(value => value is >= 0 and <= 1));
        HeatMap last = _model.Value.ComputeHeatMap(TinyModel.TestSet[0].ImagePath, stage: 3);
        CollectionAssert.AreEqual(_model.Value.ComputeHeatMap(TinyModel.TestSet[0].ImagePath).Values.ToArray(), last.Values.ToArray());
    }

    [TestMethod]
    public void TheArea_IsWhatTheCropLeaves()
    {
        byte[] wide = TestImages.EncodeBmp(80, 40, new byte[80 * 40 * 3]);
        HeatMapArea area = _model.Value.ComputeHeatMap(wide).Area;
        double crop = _model.Value.Preprocessing.CropRatio;
        Assert.AreEqual(crop, area.Height, 0.01);
        Assert.AreEqual(crop / 2, area.Width, 0.01);
        Assert.AreEqual(0.5, area.Left + (area.Width / 2), 0.01);
        Assert.AreEqual(0.5, area.Top + (area.Height / 2), 0.01);
    }

    [TestMethod]
    public void Resize_Interpolates_AndKeepsTheExtremes()
    {
        HeatMap map = new(0, 2, 2, [0, 1, 0, 1], new HeatMapArea(0, 0, 1, 1)), large = map.Resize(8, 8);
        Assert.AreEqual((8, 8), (large.Height, large.Width));
        Assert.AreEqual(0, large[0, 0]);
        Assert.AreEqual(1, large[7, 7]);
        Assert.AreEqual(0.5, (large[3, 3] + large[3, 4]) / 2, 1e-6);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map.Resize(0, 8));
    }

    [TestMethod]
    public void Png_IsTransparentWhereNothingSpeaksForTheClass_AndRedWhereMostDoes()
    {
        var map = new HeatMap(0, 1, 2, [0, 1], new HeatMapArea(0, 0, 1, 1));
        using SKBitmap image = SKBitmap.Decode(map.ToPng(32));
        Assert.AreEqual((32, 16), (image.Width, image.Height));
        Assert.AreEqual(0, image.GetPixel(0, 8).Alpha);
        SKColor hot = image.GetPixel(31, 8);
        Assert.IsGreaterThan(150, hot.Alpha);
        Assert.IsGreaterThan(hot.Green + 100, hot.Red);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map.ToPng(0));
    }

    [TestMethod]
    public void WrongArguments_AreRefused()
    {
        string image = TinyModel.TestSet[0].ImagePath, broken = Path.Combine(_folder, "broken.jpg");
        File.WriteAllText(broken, "no image");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _model.Value.ComputeHeatMap(image, label: 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _model.Value.ComputeHeatMap(image, label: -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _model.Value.ComputeHeatMap(image, stage: 4));
        Assert.Contains(broken, Assert.ThrowsExactly<UnreadableImageException>(() => _model.Value.ComputeHeatMap(broken)).Message);
    }

    private static ConvNeXtClassificationTransformer Train()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 12);
        Recipe recipe = options.Recipe!;
        options.Recipe = recipe with { Training = recipe.Training with { Preprocessing = ImagePreprocessing.ForSize(InputSize) } };
        return TinyModel.Fit(new MLContext(seed: 1), options);
    }
}
