using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.Contract.Tests.Data;

[TestClass]
public sealed class ImageMembersTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void AnImageMember_NeedsItsTypeAttribute()
    {
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(new List<WithoutAttribute>()));
        Assert.AreEqual("Could not determine an IDataView type and registered custom types for member Img (Parameter 'rawType')", error.Message);
        error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(new List<WithoutSize>()));
        Assert.AreEqual("Must be positive. (Parameter 'height')", error.Message);
    }

    [TestMethod]
    public void Images_GoThroughAView_AsTheSameInstances()
    {
        using MLImage image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, new byte[24]);
        IDataView view = _ml.Data.LoadFromEnumerable([new Picture { Name = "a", Img = image }, new Picture { Name = "b", Img = null }]);
        Assert.AreEqual("Image<2, 3>", view.Schema["Img"].Type.ToString());
        Picture[] back = [.. _ml.Data.CreateEnumerable<Picture>(view, reuseRowObject: false)];
        Assert.AreSame(image, back[0].Img);
        Assert.IsNull(back[1].Img);
        Assert.AreSame(image, view.GetColumn<MLImage>("Img").First());
    }

    [TestMethod]
    public void Images_CannotBeKept_SoShufflesAndCachesLeaveThemOut()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Picture { Name = "a" }]);
        Assert.AreEqual("Name", string.Join(",", _ml.Data.ShuffleRows(view, seed: 1).Schema.Select(column => column.Name)));
        Assert.AreEqual("Name", string.Join(",", _ml.Data.Cache(view).Schema.Select(column => column.Name)));
        Assert.AreEqual("a", _ml.Data.Cache(view).GetColumn<string>("Name").Single());
        Assert.ThrowsException<InvalidOperationException>(() => _ml.Data.Cache(view, "Img"));
    }

    private sealed class WithoutAttribute
    {
        public MLImage? Img { get; set; }
    }

    private sealed class WithoutSize
    {
        [ImageType]
        public MLImage? Img { get; set; }
    }

    private sealed class Picture
    {
        public string? Name { get; set; }

        [ImageType(2, 3)]
        public MLImage? Img { get; set; }
    }
}
