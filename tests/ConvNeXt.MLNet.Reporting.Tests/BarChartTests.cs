using System.Globalization;
using System.Xml.Linq;
using ConvNeXt.MLNet.Reporting.Html;

namespace ConvNeXt.Tests;

/// <summary>Bars with errors as SVG.</summary>
[TestClass]
public sealed class BarChartTests
{
    [TestMethod]
    public void Draw_HasABarAnErrorAndTwoTextsForEachValue_InsideTheRange()
    {
        XElement svg = Draw(new ChartBar("first", 0.5, 0.1, "half"), new ChartBar("second", 0.9, 0.3, "more", IsMinor: true)).Element("svg")!;
        XElement[] bars = [.. svg.Elements("rect")], errors = [.. svg.Elements("line").Where(line => (string)line.Attribute("class")! == "error")];
        CollectionAssert.AreEqual(new[] { "bar a", "bar b" }, bars.Select(bar => (string)bar.Attribute("class")!).ToArray());
        double first = Number(bars[0], "width"), second = Number(bars[1], "width");
        Assert.AreEqual(0.9 / 0.5, second / first, 0.01);

        // The error of the second bar would reach beyond the end of the axis.
        double end = Number(bars[1], "x") + (second / 0.9);
        Assert.AreEqual(end, Number(errors[1], "x2"), 0.5);
        Assert.AreEqual(Number(bars[0], "x") + (first * 0.8), Number(errors[0], "x1"), 0.5);
        CollectionAssert.IsSubsetOf(new[] { "first", "half", "second", "more" }, svg.Elements("text").Select(text => text.Value).ToArray());
    }

    [TestMethod]
    public void Draw_OfNamesWithMarkup_ShowsThemAsText()
    {
        const string name = "<script>alert(1)</script>";
        Assert.Contains(name, Draw(new ChartBar(name, 0.5, 0, "\"quoted\" & more")).Descendants("text").Select(text => text.Value).ToArray());
    }

    [TestMethod]
    public void Page_HasTheSectionsWithContent_AndForbidsScripts()
    {
        HtmlText table = HtmlPage.Table(["a", "b"], [["x", "<y>"]]);
        string page = HtmlPage.Write("title", "heading", [("runs", "3")], [new("one", "One", table), new("none", "None", default)]);
        Assert.Contains("default-src &#x27;none&#x27;", page);
        Assert.Contains("""<th scope="row">x</th><td>&lt;y&gt;</td>""", page);
        Assert.Contains("""<a href="#one">One</a>""", page);
        Assert.DoesNotContain("None", page);
    }

    private static XElement Draw(params ChartBar[] bars) => XElement.Parse(BarChart.Draw("what is seen", "accuracy", (0, 1), bars).Markup);

    private static double Number(XElement element, string attribute) => double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);
}
