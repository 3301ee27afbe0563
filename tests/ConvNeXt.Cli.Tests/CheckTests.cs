using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext check: each kind of finding is found where it was planted, and not elsewhere.</summary>
[TestClass]
public sealed class CheckTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void CopiesLeaksUnreadableAndOddFiles_AreFound()
    {
        string train = Path.Combine(_folder, "train"), test = Path.Combine(_folder, "test");
        TestImages.WriteFolder(train, 6, seed: 1);
        TestImages.WriteFolder(test, 3, seed: 2);
        string original = Path.Combine(train, "disc", "000.bmp"), copy = Path.Combine(train, "down", "copy.bmp"), leak = Path.Combine(test, "disc", "leak.bmp");
        string broken = Path.Combine(train, "across", "broken.jpg"), gray = Path.Combine(train, "across", "gray.bmp");
        File.Copy(original, copy);
        File.Copy(Path.Combine(train, "disc", "001.bmp"), leak);
        File.WriteAllText(broken, "no image");
        File.WriteAllBytes(gray, TestImages.EncodeBmp(40, 40, [.. Enumerable.Repeat((byte)128, 40 * 40 * 3)]));

        JsonElement result = Tool.Succeed("check", _folder, "--json").Json;
        Assert.AreEqual(6 * 3 + 3 * 3 + 4, result.GetProperty("images").GetInt32());
        JsonElement[] equal = [.. result.GetProperty("exactDuplicates").EnumerateArray()];
        Assert.HasCount(2, equal);
        Assert.AreEqual(1, equal.Count(copies => copies.GetProperty("severalLabels").GetBoolean()));
        JsonElement[] leaks = [.. result.GetProperty("leaks").EnumerateArray().Where(copies => Names(copies).Contains(leak))];
        Assert.HasCount(1, leaks);
        Assert.AreEqual(broken, result.GetProperty("unreadable")[0].GetProperty("file").GetString());
        Assert.AreEqual(1, result.GetProperty("unreadable").GetArrayLength());
        Assert.Contains(gray, result.GetProperty("odd").EnumerateArray().Select(odd => odd.GetProperty("file").GetString()));
    }

    [TestMethod]
    public void AWrongLabel_IsTheFirstSuspect()
    {
        TestImages.WriteFolder(_folder, 12);
        string wrong = Path.Combine(_folder, "down", "wrong.bmp");
        File.Move(Path.Combine(_folder, "across", "000.bmp"), wrong);
        JsonElement suspects = Tool.Succeed("check", _folder, "--json").Json.GetProperty("labelErrors");
        Assert.AreEqual(wrong, suspects[0].GetProperty("file").GetString());
        Assert.AreEqual("across", suspects[0].GetProperty("suggested").GetString());
        Assert.IsLessThanOrEqualTo(3, suspects.GetArrayLength());
    }

    [TestMethod]
    public void Text_HasASectionForEachKindOfFinding()
    {
        TestImages.WriteFolder(_folder, 5);
        string text = Tool.Succeed("check", _folder).Output;
        foreach (string section in (string[])["Images: 15 in 3 classes", "cannot be read", "Equal files", "The same photo", "Odd pictures", "wrong labels"])
            Assert.Contains(section, text);
    }

    private static string?[] Names(JsonElement copies) => [.. copies.GetProperty("files").EnumerateArray().Select(file => file.GetString())];
}
