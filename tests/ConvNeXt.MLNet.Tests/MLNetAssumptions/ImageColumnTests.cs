using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Who owns an MLImage that a column hands out; Images/ImageColumn.cs keeps one variable for all rows, disposes nothing and copies at once.</summary>
[TestClass]
public sealed class ImageColumnTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void AView_HandsOutTheSameInstances_AndNullForNone()
    {
        using MLImage image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, new byte[24]);
        IDataView view = _context.Data.LoadFromEnumerable([new Picture { Image = image }, new Picture()]);
        Assert.IsInstanceOfType<ImageDataViewType>(view.Schema["Image"].Type);
        MLImage?[] images = [.. view.GetColumn<MLImage>("Image")];
        Assert.AreSame(image, images[0]);
        Assert.IsNull(images[1]);
        Assert.AreEqual(3, image.Width, "the view has not disposed it");
    }

    [TestMethod]
    public void ImagesCannotBeCached_SoCachesAndShufflesLeaveThemOut()
    {
        IDataView view = _context.Data.LoadFromEnumerable([new Picture { Name = "a" }]);
        CollectionAssert.AreEqual(new[] { "Name" }, _context.Data.Cache(view).Schema.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Name" }, _context.Data.ShuffleRows(view, seed: 1).Schema.Select(column => column.Name).ToArray());
        Assert.ThrowsExactly<InvalidOperationException>(() => _context.Data.Cache(view, "Image"));
    }

    [TestMethod]
    public void LoadImages_DisposesTheImageThatTheVariableHeldBefore()
    {
        IDataView paths = _context.Data.LoadFromEnumerable(TinyModel.TestSet.Take(2));
        IDataView images = _context.Transforms.LoadImages("Image", "", "ImagePath").Fit(paths).Transform(paths);
        using DataViewRowCursor cursor = images.GetRowCursor([images.Schema["Image"]]);
        ValueGetter<MLImage> getImage = cursor.GetGetter<MLImage>(images.Schema["Image"]);
        MLImage image = null!;
        Assert.IsTrue(cursor.MoveNext());
        getImage(ref image);
        MLImage first = image;
        Assert.IsTrue(cursor.MoveNext());
        getImage(ref image);
        Assert.AreNotSame(first, image);
        Assert.ThrowsExactly<InvalidOperationException>(() => first.Width);
        image.Dispose();
    }

    private sealed class Picture
    {
        public string Name { get; set; } = "";

        [ImageType(2, 3)]
        public MLImage? Image { get; set; }
    }
}
