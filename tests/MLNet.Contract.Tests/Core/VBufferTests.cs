using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Core;

/// <summary>Vectors, dense and sparse.</summary>
[TestClass]
public class VBufferTests
{
    private static VBuffer<float> Sparse => new(5, 2, [10, 30], [1, 3]);

    [TestMethod]
    public void ASparseVector_IsZeroWhereItSaysNothing()
    {
        Assert.IsFalse(Sparse.IsDense);
        CollectionAssert.AreEqual(new float[] { 0, 10, 0, 30, 0 }, Sparse.DenseValues().ToArray());
        Assert.AreEqual(30f, Sparse.GetItemOrDefault(3));
        Assert.AreEqual(0f, Sparse.GetItemOrDefault(4));
        CollectionAssert.AreEqual(new[] { 1, 3 }, Sparse.Items().Select(item => item.Key).ToArray());
        Assert.AreEqual(5, Sparse.Items(all: true).Count());
        Assert.AreEqual("Sparse vector of size 5, 2 explicit values", Sparse.ToString());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Sparse.GetItemOrDefault(5));
    }

    [TestMethod]
    public void ADenseVector_TellsNoIndices()
    {
        var vector = new VBuffer<int>(2, [7, 8, 9]);
        Assert.IsTrue(vector.IsDense);
        Assert.AreEqual(0, vector.GetIndices().Length);
        CollectionAssert.AreEqual(new[] { 7, 8 }, vector.GetValues().ToArray());
        Assert.AreEqual("Dense vector of size 2", vector.ToString());
    }

    [TestMethod]
    public void Copying_KeepsValuesAndReusesMemory()
    {
        VBuffer<float> copy = default;
        Sparse.CopyTo(ref copy);
        CollectionAssert.AreEqual(Sparse.DenseValues().ToArray(), copy.DenseValues().ToArray());
        Assert.IsFalse(copy.IsDense);

        Sparse.CopyToDense(ref copy);
        Assert.IsTrue(copy.IsDense);
        CollectionAssert.AreEqual(new float[] { 0, 10, 0, 30, 0 }, copy.GetValues().ToArray());

        Sparse.CopyTo(ref copy, 1, 3);
        CollectionAssert.AreEqual(new float[] { 10, 0, 30 }, copy.DenseValues().ToArray());

        var filled = new float[6];
        Sparse.CopyTo(filled, 1, -1);
        CollectionAssert.AreEqual(new float[] { 0, -1, 10, -1, 30, -1 }, filled);
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Sparse.CopyTo(new float[4]));
    }

    [TestMethod]
    public void AnEditor_ReusesTheArraysThatAreLargeEnough()
    {
        var values = new float[4];
        var vector = new VBuffer<float>(4, values);
        var editor = VBufferEditor.Create(ref vector, 3);
        Assert.IsFalse(editor.CreatedNewValues);
        editor.Values[0] = 5;
        vector = editor.Commit();
        Assert.AreEqual(3, vector.Length);
        Assert.AreEqual(5f, values[0]);

        editor = VBufferEditor.Create(ref vector, 10, 2);
        Assert.IsTrue(editor.CreatedNewIndices);
        (editor.Values[0], editor.Values[1]) = (1, 2);
        (editor.Indices[0], editor.Indices[1]) = (4, 9);
        vector = editor.Commit();
        Assert.AreEqual(2f, vector.GetItemOrDefault(9));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => VBufferEditor.Create(ref vector, 2, 3));
    }

    [TestMethod]
    public void ATruncatedEditor_MakesASparseVector()
    {
        VBuffer<int> vector = default;
        var editor = VBufferEditor.Create(ref vector, 4, 3, requireIndicesOnDense: true);
        for (int i = 0; i < 3; i++) (editor.Values[i], editor.Indices[i]) = (i + 1, i);
        vector = editor.CommitTruncated(2);
        CollectionAssert.AreEqual(new[] { 1, 2, 0, 0 }, vector.DenseValues().ToArray());
    }

    [TestMethod]
    public void LengthsThatDoNotFit_AreRefused()
    {
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new VBuffer<int>(-1, null));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new VBuffer<int>(3, [1, 2]));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new VBuffer<int>(3, 4, [1, 2, 3, 4], [0, 1, 2, 3]));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new VBuffer<int>(3, 2, [1, 2], [0]));
    }

    [TestMethod]
    public void RowIds_AreMadeFromOneAnother()
    {
        var id = new DataViewRowId(1, 2);
        Assert.AreEqual("00000000000000020000000000000001", id.ToString());
        Assert.AreEqual(id, new DataViewRowId(1, 2));
        Assert.AreNotEqual(id.Next(), id.Fork());
        Assert.AreNotEqual(id.Combine(id), id);
        Assert.AreEqual(-1, id.CompareTo(new DataViewRowId(0, 3)));
        // One round of Murmur3 (128 bit) over zeros leaves its two constants: 0x52dce729, and five times that plus 0x38495ab5.
        Assert.AreEqual(new DataViewRowId(0x52dce729, 0x1d699de82), new DataViewRowId(0, 0).Next());
    }
}
